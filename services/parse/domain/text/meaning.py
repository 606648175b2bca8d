"""What is compared of two readings: their letters and digits."""

import re
import unicodedata

_MEANINGLESS = re.compile(r"[\W_]+")


def meaning(text: str | None) -> str:
    """``text`` without what readers and printers differ in: width, case, blanks, punctuation."""
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    return _MEANINGLESS.sub("", folded)
