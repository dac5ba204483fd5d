"""Questionnaires as workbooks, for people who write no YAML."""
