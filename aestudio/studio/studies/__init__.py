"""What the page Studies knows: values to sweep over, and how far a study is."""
