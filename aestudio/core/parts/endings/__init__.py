"""When a training ends before its last epoch: one kind a file."""
