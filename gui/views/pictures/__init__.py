"""Payloads made of pictures: pictures, filters, heat over a picture."""
