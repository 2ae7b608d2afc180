"""What is done to the input before the encoder sees it: one kind a file."""
