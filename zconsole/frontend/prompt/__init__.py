"""What the user types into: the line editor, its keys and colours, and the terminal below it."""
