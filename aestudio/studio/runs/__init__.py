"""Rows, words and columns of the page Runs."""
