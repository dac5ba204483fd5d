"""What is looked at in an installation: its server, rights, tables, files and surroundings."""
