"""Noise taken off pictures of any size: pictures and their files, ways to clean them, tiling, and scores."""
