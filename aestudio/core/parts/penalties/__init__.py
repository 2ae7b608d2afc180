"""Terms added to the loss: one kind a file."""
