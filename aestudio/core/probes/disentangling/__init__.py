"""How far each number of a code stands for one known factor of the images: four published scores, one a file."""
