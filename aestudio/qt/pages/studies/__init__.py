"""The parts of the page of studies: several trainings that answer one question, each kind a file of its own."""
