"""Which kernel: those that are installed, those that run, and what is done about them without a session."""
