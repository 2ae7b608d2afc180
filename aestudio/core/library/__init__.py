"""The run library: every training that was ever started, with all that it said and made."""
