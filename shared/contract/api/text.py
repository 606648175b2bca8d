"""Text that clients send, made safe to store."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.contract.model import DescribedBy

#: The rule for a line, as the API's description tells it to clients. Blanks and line ends around
#: the line are cut off.
_BLANKS = r"[\t-\r \x85]*"
_LINE_PATTERN = rf"^{_BLANKS}[^\x00-\x1f\x7f-\x9f]*{_BLANKS}$"
_FILLED_LINE_PATTERN = rf"^{_BLANKS}[^\x00-\x20\x7f-\xa0\s][^\x00-\x1f\x7f-\x9f]*{_BLANKS}$"


def _refuse_control_characters(text: str) -> str:
    """PostgreSQL stores no NUL. No field of ours is meant to hold a control character."""
    if has_control_characters(text):
        raise PydanticCustomError("control_characters", "Text must not hold control characters")
    return text


def composed(text: str) -> str:
    """``text`` in NFC: an accent is one sign with its letter, so that equal names are equal."""
    return unicodedata.normalize("NFC", text)


def has_control_characters(text: str) -> bool:
    """Whether ``text`` holds a C0 or C1 control character or a lone surrogate."""
    return any(
        ord(char) < 0x20 or 0x7F <= ord(char) <= 0x9F or 0xD800 <= ord(char) <= 0xDFFF
        for char in text
    )


#: One line of text without surrounding blanks, in NFC.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(_refuse_control_characters),
    AfterValidator(composed),
    DescribedBy({"pattern": _LINE_PATTERN}),
]
#: The same, and not empty.
FilledLine = Annotated[Line, Field(min_length=1), DescribedBy({"pattern": _FILLED_LINE_PATTERN})]
