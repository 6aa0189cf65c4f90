"""The panel of any exhibit, made from its declaration."""
