"""Boxes: a recipe (box.yaml) becomes an image, keyed by its content and built once."""
