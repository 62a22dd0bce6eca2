"""How the prompt looks: colours, themes, highlighting."""
