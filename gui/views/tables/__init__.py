"""Views of bars, matrices, tables and notes."""
