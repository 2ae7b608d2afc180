"""The families of parts: one a file. What a member of each has to say stands there."""
