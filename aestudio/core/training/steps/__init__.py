"""Ways to compute a step: one a file, each proven equal to the plain one."""
