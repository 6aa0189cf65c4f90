"""The only threads."""
