"""The parts of the page of runs: its table, its curves, its pictures, its details."""
