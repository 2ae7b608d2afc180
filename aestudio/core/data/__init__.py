"""Images to train on: data sets, the sources that produce them, and the reading of files."""
