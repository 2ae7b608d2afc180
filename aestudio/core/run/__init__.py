"""A run: one experiment as data, the recipes that fill it, and its equation."""
