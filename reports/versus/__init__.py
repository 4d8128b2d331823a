"""Two sides compared: what differs, by how much, how surely, and what it looks like."""
