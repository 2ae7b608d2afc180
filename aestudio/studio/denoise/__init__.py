"""Pictures on the desk of the page Denoise."""
