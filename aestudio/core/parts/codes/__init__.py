"""Codes: what the decoder gets of the hidden layer, one kind a file."""
