"""The thief as a product: what `heard prove` runs against the operator's own configuration."""
