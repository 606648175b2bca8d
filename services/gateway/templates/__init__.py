"""Pages that the gateway draws."""
