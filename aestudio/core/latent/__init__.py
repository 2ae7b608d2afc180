"""The space of codes: where images lie in it, what the decoder makes of its places, and what is drawn from it."""
