"""Ways to take noise off a picture: one kind a file."""
