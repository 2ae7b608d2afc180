"""What a Run is made of: slots, their families, the stages of a network, and the one forward pass."""
