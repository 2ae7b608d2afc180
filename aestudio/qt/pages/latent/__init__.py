"""The page Latent: walks in the space of codes."""
