"""The order in which people read a list of references: 2 stands before 10."""

import re

_NUMBER = re.compile(r"(\d+)")


def natural_order(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key: numbers by their value, letters whatever their case."""
    parts = _NUMBER.split(text.casefold())
    return tuple(
        (0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part
    )
