"""What each command of the command line does; none of them imports Qt."""

BAD_INPUT = 2
"""The exit code where what was asked for cannot be done as it was said."""
