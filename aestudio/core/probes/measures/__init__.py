"""What recipes claim, one measure a file."""
