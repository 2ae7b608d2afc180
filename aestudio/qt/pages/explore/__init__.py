"""Page Explore."""
