"""What the page Latent knows of a model, without Qt."""
