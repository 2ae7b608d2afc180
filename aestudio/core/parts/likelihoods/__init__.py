"""Likelihoods: one kind a file."""
