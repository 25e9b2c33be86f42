"""Rendering, word by word."""
