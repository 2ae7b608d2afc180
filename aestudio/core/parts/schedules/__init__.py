"""Which stages are trained when: one kind a file."""
