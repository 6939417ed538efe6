"""Region-level consequences: proved facts in, claims out."""
