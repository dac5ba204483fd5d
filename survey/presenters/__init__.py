"""Figures become words, pictures and pages."""
