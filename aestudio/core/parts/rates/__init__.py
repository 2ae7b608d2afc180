"""The learning rate over a phase: one kind a file."""
