"""Text that clients send, made safe to store."""

from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError


def _refuse_control_characters(text: str) -> str:
    """PostgreSQL stores no NUL, and no field of ours is meant to hold a control character."""
    if has_control_characters(text):
        raise PydanticCustomError("control_characters", "Text must not hold control characters")
    return text


def has_control_characters(text: str) -> bool:
    """Whether ``text`` holds a C0 or C1 control character or a lone surrogate."""
    return any(
        ord(char) < 0x20 or 0x7F <= ord(char) <= 0x9F or 0xD800 <= ord(char) <= 0xDFFF
        for char in text
    )


def has_nul(value: Any) -> bool:
    """Whether any string inside a JSON value holds NUL, which JSONB cannot store."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(has_nul(part) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple)):
        return any(has_nul(part) for part in value)
    return False


#: One line of text without surrounding blanks.
Line = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_refuse_control_characters)
]
