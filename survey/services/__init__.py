"""One verb a file: what Heard does."""
