"""How gradients become steps: one kind a file."""
