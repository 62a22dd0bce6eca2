"""What keys do: by name, in which mode, as configured; lines edited, pastes taken in."""
