"""Takes names, numbers and addresses of persons out of a text before it leaves the machine."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.diagnose.domain.model.personal_data import (
    NAME,
    NUMBER,
    half_width,
    spaced,
    without_forms,
)

_CJK = re.compile(r"[\u3400-\u9fff]")
#: Shorter parts of a name are words of the language too often.
_LEAST_PART = 3


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces what identifies the exam's student, and the usual forms of such data.

    ``names`` are replaced wherever they stand. Latin names are replaced as whole words in any case,
    and so are their parts where they are capitalised. ``numbers`` (student number, reference,
    class) are replaced where they stand alone, however their digits are parted.
    """

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str | None], numbers: Iterable[str | None]) -> "Redactor":
        """A redactor of what is known; None and single characters are left out."""
        return cls(
            tuple(dict.fromkeys(n.strip() for n in names if n and len(n.strip()) > 1)),
            tuple(dict.fromkeys(n.strip() for n in numbers if n and len(n.strip()) > 1)),
        )

    def text(self, text: str) -> str:
        """``text`` without personal data."""
        text = half_width(text)
        # Whole names first: their parts would leave the rest behind.
        for name in sorted(self.names, key=len, reverse=True):
            text = _without_name(text, half_width(name))
        for name in self.names:
            for part in _parts(half_width(name)):
                text = re.sub(rf"(?<!\w){_in_capitals(part)}(?!\w)", NAME, text)
        for number in sorted(self.numbers, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){spaced(half_width(number))}(?!\w)", NUMBER, text)
        return without_forms(text)

    def data(self, value: Any) -> Any:
        """Every text inside JSON data without personal data; keys are ours and stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.data(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(part) for part in value]
        return value


def _without_name(text: str, name: str) -> str:
    if _CJK.search(name):
        written = r"\s*".join(re.escape(c) for c in name if not c.isspace())
        return re.sub(written, NAME, text)
    words = [re.escape(word) for word in re.split(r"[\s,]+", name) if word]
    # Either order: DOE, Jane.
    orders = {r"[\s,]+".join(order) for order in (words, [*words[-1:], *words[:-1]])}
    return re.sub(rf"(?<!\w)(?:{'|'.join(sorted(orders))})(?!\w)", NAME, text, flags=re.IGNORECASE)


def _in_capitals(part: str) -> str:
    """``part`` as given, with a capital, or in capitals: in lower case it may be a word."""
    forms = dict.fromkeys((part, part.capitalize(), part.upper()))
    return f"(?:{'|'.join(map(re.escape, forms))})"


def _parts(name: str) -> list[str]:
    if _CJK.search(name):
        return []
    return [part for part in re.split(r"[\s,]+", name) if len(part) >= _LEAST_PART]
