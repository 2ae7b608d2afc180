"""The shape of one image, and the brightness of its colours."""

Shape = tuple[int, int, int]
"""Channels, height, width of one image."""

LUMA = (0.299, 0.587, 0.114)
"""Grey from red, green and blue. Source: ITU-R BT.601, as Pillow and scikit-learn use it."""
