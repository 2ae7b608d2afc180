"""What the program knows, without a window: documents, what goes on in them, and words for it."""
