"""Encoder and decoder pairs: one kind a file."""
