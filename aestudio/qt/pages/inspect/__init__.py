"""The parts of the page that looks into a model: an observer that measures in the background, and its panels."""
