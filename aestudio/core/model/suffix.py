"""What the names of model files end with."""

SUFFIX = ".safetensors"
