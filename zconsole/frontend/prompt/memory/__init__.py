"""What was typed before: kept in files, gone back to, searched, suggested."""
