"""Keys, tickets, sealing and opening."""
