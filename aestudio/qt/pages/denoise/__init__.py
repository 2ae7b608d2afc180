"""The parts of the page Denoise."""
