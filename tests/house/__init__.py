"""Tests about the house itself: its floors, names, files, wheel and migrations."""
