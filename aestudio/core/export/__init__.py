"""A model in other forms, each compared with the model after it was written: one format a file."""
