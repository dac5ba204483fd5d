"""The survey a patient fills in: no counts, no box key, no cookie."""
