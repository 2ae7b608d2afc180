"""Picture files as they are: read without losing depth, transparency or what else they hold, and written the same."""
