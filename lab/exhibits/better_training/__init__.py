"""The lecture's chapter "Better Training"."""
