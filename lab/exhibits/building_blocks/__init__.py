"""The lecture's chapter "Building Blocks of Neural Networks"."""
