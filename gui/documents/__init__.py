"""What is read from or written to disk."""
