"""One widget for each kind of payload, on a card under its title."""

from gui.views.base import View
from gui.views.card import Card, view_of, views

__all__ = ["Card", "View", "view_of", "views"]
