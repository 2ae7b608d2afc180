"""The autoencoder, the snapshot of it to try out, its file, and the sizes it takes."""
