"""Sessions that were: read, shown, come back to, and brought back to life."""
