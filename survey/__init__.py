"""Heard: a rolling, anonymous patient satisfaction survey engine."""
