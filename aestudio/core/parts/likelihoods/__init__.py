"""Reconstruction losses: one kind a file."""
