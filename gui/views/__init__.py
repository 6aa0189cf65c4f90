"""One widget for each kind of payload, on a card under its title."""

from gui.views.base import View
from gui.views.card import VIEWS, Card

__all__ = ["VIEWS", "Card", "View"]
