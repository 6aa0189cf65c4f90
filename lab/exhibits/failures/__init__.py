"""The lecture's chapter "Failures of Learning"."""
