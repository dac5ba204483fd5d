"""Questionnaires as files: read, checked, published."""
