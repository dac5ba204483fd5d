"""Which forms are keyed a second time."""

ONE_IN = 10  # paper forms
