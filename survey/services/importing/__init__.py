"""The parts of an import: mapping, rows, what they join into, what is rejected, what is said."""
