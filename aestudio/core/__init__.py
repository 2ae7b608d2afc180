"""The science: no Qt, no printing, usable from a notebook."""
