"""Several rooms together, on a real database."""
