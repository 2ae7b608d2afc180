"""Picture files read the right way."""
