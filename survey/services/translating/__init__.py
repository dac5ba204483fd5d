"""Translations as workbooks, for translators."""
