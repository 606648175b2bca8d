"""Text with what no font draws replaced visibly, so that a report is always made."""

import re
import unicodedata
from collections.abc import Callable, Collection

from services.report.domain.text.plain_text import REPLACEMENT

#: At most this many characters, and as many clusters, of a document are tried. The rest are
#: replaced untried.
_MAX_PROBES = 200
#: What stands behind a letter for a mark above it that the letter's font lacks.
_BESIDE = {"\u20d7": "→", "\u20d6": "←", "\u20e1": "↔"}
_MARKS = {"Mn", "Mc", "Me"}
_VARIANTS = range(0xFE00, 0xFE10)


class DrawableText:
    """Replaces what cannot be drawn.

    ``covered`` are the code points of the document's font. ``can_draw`` tries a text.
    """

    def __init__(self, covered: Collection[int], can_draw: Callable[[str], bool]) -> None:
        self._covered, self._can_draw = covered, can_draw

    def of(self, text: str) -> str:
        """``text`` with signs beside letters for marks, and boxes for characters, not drawn."""
        return self._with_characters(self._with_clusters(text), self._can_draw)

    def untried(self, text: str) -> str:
        """``text`` with all replaced that the document's own font does not cover."""
        marks = _marks_of(text)
        text = "".join(_beside(char) if char in marks else char for char in text)
        return self._with_characters(text, lambda _: False)

    def _with_clusters(self, text: str) -> str:
        """A typesetter chooses one font for a letter and its marks: they are tried together."""
        marks = _marks_of(text)
        if not marks:
            return text
        cluster = re.compile(f"(.?)([{''.join(map(re.escape, marks))}]+)")
        found = sorted({match[0] for match in cluster.finditer(text)})
        uncovered = [one for one in found if not all(ord(char) in self._covered for char in one)]
        lost = {one for one in uncovered[:_MAX_PROBES] if not self._can_draw(one)}
        lost |= set(uncovered[_MAX_PROBES:])
        return cluster.sub(
            lambda match: (
                match[1] + "".join(map(_beside, match[2])) if match[0] in lost else match[0]
            ),
            text,
        )

    def _with_characters(self, text: str, can_draw: Callable[[str], bool]) -> str:
        uncovered = sorted(
            char for char in set(text) if char > "\x7f" and ord(char) not in self._covered
        )
        lost = [char for char in uncovered[:_MAX_PROBES] if not can_draw(char)]
        lost += uncovered[_MAX_PROBES:]
        return text.translate(dict.fromkeys(map(ord, lost), REPLACEMENT))


def _marks_of(text: str) -> list[str]:
    return sorted(char for char in set(text) if unicodedata.category(char) in _MARKS)


def _beside(mark: str) -> str:
    if ord(mark) in _VARIANTS:
        return ""
    return _BESIDE.get(mark, REPLACEMENT)
