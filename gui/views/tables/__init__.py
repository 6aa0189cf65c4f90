"""Views of bars, matrices, tables, graphs and notes."""
