"""What is looked at while training."""
