"""What the diagnosis reads from outside: taxonomy and coefficient files."""
