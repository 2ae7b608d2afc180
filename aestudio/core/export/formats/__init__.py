"""Forms that a model can be exported in: one kind a file."""
