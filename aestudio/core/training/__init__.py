"""The loop and what belongs to it: controls, checkpoints, the guard against non-finite steps, the tape of losses."""
