"""The shape of one image."""

Shape = tuple[int, int, int]
"""Channels, height, width of one image."""
