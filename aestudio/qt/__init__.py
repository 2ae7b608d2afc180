"""The window: it reads events and sends intents. It may import core, never the other way."""
