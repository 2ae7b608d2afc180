"""How the small picture of a run is laid out; `thumbnail` makes it."""

COLUMNS, TILE, GAP = 8, 32, 2
"""Images side by side; the pixels of one, and between two."""
