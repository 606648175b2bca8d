"""Finds questions that ask by their form alone: sums, conversions of units, comparisons.

Drills print them without a number: ``184÷8=23``, ``6米=(60)分米``, ``3分米 > 3厘米``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.parse.domain.text.geometry import centre, median, right, union, x_overlap
from services.parse.domain.text.glyphs import GAP, Passage
from shared.contract.model import BBox

#: With what readers make of ÷ and +.
_OPERATOR = r"[+＋\-−–—×xX✕*·÷:：/±士十]"
_VALUE = r"\d[\d.,]*(?:/\d+)?"
#: 6米, 5km, 1米5厘米; readers may see a letter where a digit is.
UNIT = r"(?:平方|立方)?[\u4e00-\u9fff]{1,2}|[a-zA-Z]{1,3}[²³]?"
_QUANTITY = rf"(?:{_VALUE}\s*+(?:{UNIT})\s*+){{1,3}}"
_TERM = rf"(?:[（(]\s*[)）]|[（(\[]*+\s*+[\-−]?{_VALUE}\s*+(?:[%°²³]\s*+)?[)）\]]*)"
#: A bracket around nothing or a number, which was written into it if the bracket has so much more
#: room, in its heights: (6)×(-2) is print whose other sign was read.
_HOLE, _ROOM = re.compile(r"[（(]\s*(?P<inner>\d*(?:\.\d+)?)\s*[)）]"), 2.0
_EXPRESSION = rf"{_TERM}(?:\s*{_OPERATOR}\s*{_TERM})+"
_SIDE = rf"(?:{_QUANTITY}|{_EXPRESSION}|{_VALUE})"
#: Letters that look like their capitals may be read as these, among small ones; g as 9, or none.
_LETTER = r"(?P<letter>[a-zCOSVWXZ]|9(?=[.．]\s)|(?=[.．]))\s*+[.．、)）]\s*+"
_LABEL = rf"(?:{_LETTER})?"
_MIN_SMALL = 2
#: The label of a sum that was not read as a letter.
UNREAD_LETTER = "?"
_SUM = re.compile(rf"\s*+{_LABEL}(?P<asked>{_EXPRESSION}|{_QUANTITY})\s*(?P<equals>[=＝≈])")
#: Behind = a bare number is the result of what stands before it.
_COMPARISON = re.compile(
    rf"\s*+(?P<asked>{_SIDE})\s*+(?P<equals>[<>＜＞○〇◯]|[=＝](?!\s*{_VALUE}\s*$))"
    rf"\s*+(?P<other>{_SIDE})\s*+$"
)
_EMPTY = re.compile(r"[（(]\s*[)）]")
_EQUALS = frozenset("=＝")
#: A pen's = may read as 二 or as a dash; only behind a sum that is lettered.
_HASTY = re.compile(
    rf"\s*+{_LETTER}(?P<asked>{_TERM}\s*[+＋×÷]\s*{_TERM})"
    r"\s*(?P<equals>[二\-−–—])\s*(?=\d)"
)
#: A row of nothing but what follows an equals sign is a step of somebody's working.
_STEP = re.compile(r"\s*[=＝二]")


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum, conversion or comparison: its slice, and where what is asked ends.

    ``body`` is where what is asked begins, behind ``letter``, its label; ``sign`` is the index of
    the sign between both sides. ``is_comparison``: that sign is the answer. ``hole`` is the slice
    inside of a bracket before the sign, where the answer stands there: (16)+27=43. ``certainty``
    is how sure it is that the letter is its own.
    """

    start: int
    body: int
    sign: int
    stop: int
    page: int
    box: BBox
    letter: str = ""
    is_comparison: bool = False
    hole: tuple[int, int] | None = None
    certainty: float = 1.0


def find_sums(passage: Passage) -> tuple[Sum, ...]:
    """Every sum that stands at the beginning of a row, or apart from what is left of it."""
    found = [item for row in passage.rows(0, len(passage.text)) for item in _sums_in(passage, *row)]
    found = _with_small_letters(found)
    signs = {passage.text[item.sign] for item in found if item.is_comparison}
    # 6米 = 60分米 is a comparison only among others.
    return tuple(found if signs - _EQUALS else (replace(i, is_comparison=False) for i in found))


def _with_small_letters(sums: list[Sum]) -> list[Sum]:
    """Sums whose letter is a capital, or was not read, only among small letters.

    Else a capital is an option's, and what stands before a stop a number or the rest of one.
    """
    small = sum(item.letter.islower() for item in sums)
    return [
        replace(item, letter=item.letter.lower())
        for item in sums
        if small >= _MIN_SMALL or not (item.letter.isupper() or item.letter == UNREAD_LETTER)
    ]


def sum_at(passage: Passage, start: int, stop: int) -> Sum | None:
    """The sum that a numbered question consists of; None when it says more than that."""
    end = passage.text.find("\n", start, stop)
    if end >= 0 and passage.text[end:stop].strip():
        return None
    found = next(_sums_in(passage, start, stop if end < 0 else end), None)
    is_equation = found is not None and passage.text[found.sign] in _EQUALS
    return replace(found, is_comparison=False) if found and is_equation else found


def _sums_in(passage: Passage, start: int, stop: int) -> Iterator[Sum]:
    """The sums of one row: each reaches to the next piece of text that begins one."""
    if _STEP.match(passage.text, start, stop):
        return
    matches: list[tuple[int, re.Match[str], bool]] = []
    for index in _pieces(passage, start, stop):
        if matches and index < matches[-1][1].end():
            continue
        piece = passage.text[index : _piece_stop(passage, index, stop)]
        compared = _COMPARISON.match(piece)
        rest = passage.text[index:stop]
        match = compared or _SUM.match(rest) or _HASTY.match(rest)
        if match is not None and (compared or _is_one_sum(passage, match, index)):
            matches.append((index, match, compared is not None))
    for position, (index, match, is_comparison) in enumerate(matches):
        end = matches[position + 1][0] if position + 1 < len(matches) else stop
        end = _without_notes(passage, index + match.end(), end)
        inked = passage.inked(index, end)
        yield Sum(
            index,
            index + match.start("asked"),
            index + match.start("equals"),
            end,
            inked[0].page,
            union([glyph.bbox for glyph in inked]),
            "" if is_comparison else _letter(match),
            is_comparison,
            None if is_comparison else next(_holes(passage, match, index), None),
        )


def _without_notes(passage: Passage, start: int, stop: int) -> int:
    """Where a sum ends: words without a figure that stand apart behind it are none of it."""
    pieces = passage.text[start:stop].split(GAP)
    while len(pieces) > 1 and not any(char.isdigit() for char in pieces[-1]):
        pieces.pop()
    return start + len(GAP.join(pieces).rstrip())


def _letter(match: re.Match[str]) -> str:
    """The label of a sum; empty where it has none."""
    if match["letter"] is None:
        return ""
    return match["letter"] if match["letter"].isalpha() else UNREAD_LETTER


def _is_one_sum(passage: Passage, match: re.Match[str], index: int) -> bool:
    """Whether at most one number is to be found before the sign, and none of it got lost."""
    holes = list(_holes(passage, match, index))
    return len(holes) < 2 and len(holes) >= len(_EMPTY.findall(match["asked"]))


def _holes(passage: Passage, match: re.Match[str], index: int) -> Iterator[tuple[int, int]]:
    """The slices inside of brackets before the sign that are answered there."""
    for found in _HOLE.finditer(match.string, *match.span("asked")):
        start, stop = index + found.start("inner"), index + found.end("inner")
        glyphs = passage.inked(index + found.start(), index + found.end())
        inner = passage.inked(start, stop)
        written = right(inner[-1].bbox) - inner[0].bbox[0] if inner else 0.0
        room = right(glyphs[-1].bbox) - glyphs[0].bbox[0] - written
        if room > _ROOM * glyphs[0].bbox[3]:
            yield start, stop


def _pieces(passage: Passage, start: int, stop: int) -> Iterator[int]:
    """Where a piece of a row begins: at its start, behind a gap, where the reader began anew."""
    yield start
    for index in range(start + 1, stop):
        before = passage.glyphs[index - 2] if index - 2 >= start else None
        is_apart = before is not None and before.segment != passage.glyphs[index].segment
        if passage.text[index - 1] == GAP or (passage.text[index - 1] == " " and is_apart):
            yield index


def _piece_stop(passage: Passage, start: int, stop: int) -> int:
    gap = passage.text.find(GAP, start, stop)
    return stop if gap < 0 else gap


def by_column(items: Sequence[Sum]) -> list[list[Sum]]:
    """Sums that stand below one another, page by page, columns from left to right."""
    em = median((item.box[3] for item in items), 20.0)
    columns: list[list[Sum]] = []
    for item in sorted(items, key=lambda item: (item.page, item.box[0])):
        for column in columns:
            other = column[-1]
            is_same = abs(item.box[0] - other.box[0]) <= 2 * em or (
                x_overlap(item.box, other.box) > 0.6 * min(item.box[2], other.box[2])
            )
            if other.page == item.page and is_same:
                column.append(item)
                break
        else:
            columns.append([item])
    for column in columns:
        column.sort(key=lambda item: centre(item.box)[1])
    return columns
