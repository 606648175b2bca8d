"""The colours of inks, and who writes with them."""

#: Inks of teachers.
RED = frozenset({"red", "magenta", "pink", "orange"})
