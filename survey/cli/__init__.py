"""The command `heard`: parse, call one service, print one line."""
