"""What the program knows, tested without a window."""
