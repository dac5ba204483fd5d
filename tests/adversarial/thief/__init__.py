"""The thief of the anonymity promise: what he steals, how he links, and a naive design he must break."""
