"""The pages of the window, one a file; a page never imports another."""
