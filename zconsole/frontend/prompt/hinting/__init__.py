"""What the kernel knows of the code at the cursor: completions, signatures, documentation."""
