"""Small reusable parts of the window. None of them knows of a run, a session or another page."""
