"""What happens at the bottleneck: one kind a file."""
