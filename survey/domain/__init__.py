"""What Heard talks about, in the standard library only."""
