"""How terms become one number: one kind a file."""
