"""The front end: it owns the terminal and the session, and speaks to the kernel over the wire alone."""
