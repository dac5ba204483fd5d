"""What Heard costs, measured beside what nothing could do for less; no test asserts a time."""
