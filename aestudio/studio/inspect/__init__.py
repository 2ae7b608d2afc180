"""What the page Inspect looks into, and facts about units."""
