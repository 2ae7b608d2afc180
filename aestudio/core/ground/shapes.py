"""The shape of one image, and the brightness of its colours."""

Shape = tuple[int, int, int]
"""Channels, height, width of one image."""

LUMA = (0.299, 0.587, 0.114)
"""Grey from red, green and blue. Source: ITU-R BT.601, as Pillow and scikit-learn use it."""

OPPONENT = (
    (3**-0.5, 3**-0.5, 3**-0.5),
    (2**-0.5, 0.0, -(2**-0.5)),
    (6**-0.5, -2 * 6**-0.5, 6**-0.5),
)
"""Brightness and two differences of colours from red, green and blue, orthonormal: noise that is independent and as
strong in all of them stays so.
"""
