"""Views of pictures, filters, and heatmaps over a picture."""
