"""What is done to clean images before each step: one kind a file."""
