"""The one gate for text from outside: what no database, no JSON and no PDF takes is replaced.

Adapters pass through it whatever they read: a PDF's text, a model's answer, a lecture. Text that a
client sends in a field of its own is refused instead (``shared/contract/api/text.py``).
"""

import re
from typing import Any

#: U+FFFD, which readers know as "a character that could not be read".
UNREADABLE = "\ufffd"
#: Control characters but tab and line ends, lone surrogates, and noncharacters (Unicode 23.7).
#: PostgreSQL stores no NUL, UTF-8 has no surrogates, and XML and PDF/UA take none of the others.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_LARGEST_CODE_POINT = 0x10FFFF


def storable(text: str) -> str:
    """``text`` with U+FFFD for every character that cannot be kept."""
    return _REFUSED.sub(UNREADABLE, text)


def character(code_point: int) -> str:
    """The character of ``code_point``, which may be any number; U+FFFD where there is none."""
    return storable(chr(code_point)) if 0 <= code_point <= _LARGEST_CODE_POINT else UNREADABLE


def storable_json(value: Any) -> Any:
    """A decoded JSON value with every text in it, names of members included, made storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_json(part) for part in value]
    if isinstance(value, dict):
        return {storable(name): storable_json(part) for name, part in value.items()}
    return value
