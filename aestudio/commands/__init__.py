"""What each command of the command line does; none of them imports Qt."""

OK, FAILED, BAD_INPUT = 0, 1, 2
"""Exit codes; the last is that of what cannot be done as it was said."""
