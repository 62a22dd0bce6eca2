"""The terminal as a device: its modes, what is said to it beside the text, and what it answers."""
