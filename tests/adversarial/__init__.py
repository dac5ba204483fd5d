"""One file an attacker."""
