"""Tables and the functions that read and write them; each takes a Session and never opens one."""
