"""The lecture's chapter "Interpreting Neural Networks"."""
