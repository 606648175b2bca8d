"""Finds questions that ask by their form alone: sums, conversions of units, comparisons.

Drills print them without a number: ``184÷8=23``, ``6米=(60)分米``, ``3分米 > 3厘米``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.parse.domain.questions.sum_forms import (
    COMPARISON,
    EMPTY,
    EQUALS,
    HASTY,
    HOLE,
    NUMBERED,
    SOLVED,
    STEP,
    SUM,
    UNSIGNED,
)
from services.parse.domain.text.geometry import centre, median, right, union, x_overlap
from services.parse.domain.text.glyphs import GAP, Passage
from shared.contract.model import BBox

_MIN_SMALL = 2
#: The label of a sum that was not read as a letter.
UNREAD_LETTER = "?"
#: So many numbers that follow each other are no accident.
_LONG_RUN = 3
#: Among so many sums in its column what lacks the equals sign is one, too.
_MIN_BESIDE = 3
#: A bracket was written into if it has so much more room than what it holds, in its heights:
#: (6)×(-2) is print whose other sign was read.
_ROOM = 2.0


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum, conversion, comparison or equation: its slice, and where what is asked ends.

    ``body`` is where what is asked begins, behind ``letter`` or ``number``, its label; ``sign`` is
    the index of the sign between both sides, ``stop`` where none was read. ``is_comparison``: that
    sign is the answer. ``hole`` is the slice inside of a bracket before the sign, where the answer
    stands there: (16)+27=43. ``is_doubtful``: what seems to be its number may be part of what is
    asked. ``certainty`` is how sure it is that the letter is its own; ``height``
    is that of its characters.
    """

    start: int
    body: int
    sign: int
    stop: int
    page: int
    box: BBox
    height: float
    letter: str = ""
    number: int = 0
    is_doubtful: bool = False
    is_comparison: bool = False
    is_equation: bool = False
    hole: tuple[int, int] | None = None
    certainty: float = 1.0


def find_sums(passage: Passage) -> tuple[Sum, ...]:
    """Every sum that stands at the beginning of a row, or apart from what is left of it."""
    found = [item for row in passage.rows(0, len(passage.text)) for item in _sums_in(passage, *row)]
    found = _with_holes(passage, _with_numbers(_with_letters(found)))
    signs = {passage.text[item.sign] for item in found if item.is_comparison}
    # 6米 = 60分米 is a comparison only among others.
    found = found if signs - EQUALS else [replace(i, is_comparison=False) for i in found]
    return tuple(sorted([*found, *_unsigned(passage, found)], key=lambda item: item.start))


def _with_letters(sums: Sequence[Sum]) -> list[Sum]:
    """Sums whose letter is a capital, or was not read, only among small letters.

    Else a capital is an option's, and what stands before a stop a number or the rest of one.
    """
    if sum(item.letter.islower() for item in sums) >= _MIN_SMALL:
        return [replace(item, letter=item.letter.lower()) for item in sums]
    return [
        replace(item, letter="") if item.number else item
        for item in sums
        if item.number or not (item.letter.isupper() or item.letter == UNREAD_LETTER)
    ]


def _with_numbers(sums: Sequence[Sum]) -> list[Sum]:
    """Sums that are asked for with what seemed to be their number, where it does not count."""
    counted: list[Sum] = []
    run: list[Sum] = []
    for item in [*sums, None]:
        if item is not None and (not run or item.number == run[-1].number + 1):
            run.append(item)
            continue
        is_run = len(run) >= _LONG_RUN
        counted += [
            replace(one, body=one.start, number=0) if one.is_doubtful and not is_run else one
            for one in run
        ]
        run = [item] if item is not None else []
    return counted


def _with_holes(passage: Passage, sums: Sequence[Sum]) -> list[Sum]:
    """Sums that are answered in a bracket before their sign.

    Wide brackets are; a narrow one is where more of the page's are wide: large figures fill it.
    """
    holes = {item.start: tuple(_holes(passage, item.body, item.sign)) for item in sums}
    lone = {start: mine[0] for start, mine in holes.items() if len(mine) == 1}
    wide = sum(is_wide for _, _, is_wide in lone.values())
    return [
        replace(item, hole=lone[item.start][:2])
        if item.start in lone
        and not (item.is_comparison or item.is_equation)
        and (lone[item.start][2] or 2 * wide > len(lone))
        else item
        for item in sums
    ]


def _unsigned(passage: Passage, sums: Sequence[Sum]) -> Iterator[Sum]:
    """What stands in a column of sums and lacks the equals sign: a pen's ring may hide it."""
    columns = [column for column in by_column(sums) if len(column) >= _MIN_BESIDE]
    for row, end in passage.rows(0, len(passage.text)):
        for index in _pieces(passage, row, end):
            stop = _piece_stop(passage, index, end)
            match = UNSIGNED.match(passage.text[index:stop])
            if match is None or any(item.start <= index < item.stop for item in sums):
                continue
            item = _sum_of(passage, index, match, index + len(match.group().rstrip()))
            if any(len(by_column([*column, item])) == 1 for column in columns):
                yield item


def sum_at(passage: Passage, start: int, stop: int) -> Sum | None:
    """The sum that a numbered question consists of; None when it says more than that."""
    end = passage.text.find("\n", start, stop)
    if end >= 0 and passage.text[end:stop].strip():
        return None
    found = next(_sums_in(passage, start, stop if end < 0 else end), None)
    if found is None:
        return None
    found = _with_holes(passage, [replace(found, body=found.start, number=0, letter="")])[0]
    is_equation = passage.text[found.sign] in EQUALS
    return replace(found, is_comparison=False) if is_equation else found


def _sums_in(passage: Passage, start: int, stop: int) -> Iterator[Sum]:
    """The sums of one row: each reaches to the next piece of text that begins one."""
    if STEP.match(passage.text, start, stop):
        return
    matches: list[tuple[int, re.Match[str]]] = []
    for index in _pieces(passage, start, stop):
        if matches and index < matches[-1][0] + matches[-1][1].end():
            continue
        piece = passage.text[index : _piece_stop(passage, index, stop)]
        rest = passage.text[index:stop]
        compared = COMPARISON.match(piece) or SOLVED.match(piece)
        match = compared or SUM.match(rest) or HASTY.match(rest)
        if match is not None and (compared or _is_one_sum(passage, match, index)):
            matches.append((index, match))
    for position, (index, match) in enumerate(matches):
        end = matches[position + 1][0] if position + 1 < len(matches) else stop
        yield _sum_of(passage, index, match, _without_notes(passage, index + match.end(), end))


def _sum_of(passage: Passage, index: int, match: re.Match[str], stop: int) -> Sum:
    """The sum that was matched in the text from ``index`` on."""
    inked = passage.inked(index, stop)
    groups = match.groupdict()
    letter = groups.get("letter")
    numbered = match if groups.get("number") else NUMBERED.match(match.string)
    number = numbered["number"] if numbered else None
    is_clear = numbered is None or numbered["room"] != "" or not numbered["asked"][0].isdigit()
    return Sum(
        index,
        index + match.start("asked"),
        index + match.start("equals"),
        stop,
        inked[0].page,
        union([glyph.bbox for glyph in inked]),
        median((glyph.bbox[3] for glyph in inked), 20.0),
        "" if letter is None else letter if letter.isalpha() else UNREAD_LETTER,
        int(number) if number else 0,
        is_doubtful=not is_clear,
        is_comparison=match.re is COMPARISON,
        is_equation=match.re is SOLVED,
    )


def _without_notes(passage: Passage, start: int, stop: int) -> int:
    """Where a sum ends: words without a figure that stand apart behind it are none of it."""
    pieces = passage.text[start:stop].split(GAP)
    while len(pieces) > 1 and not any(char.isdigit() for char in pieces[-1]):
        pieces.pop()
    return start + len(GAP.join(pieces).rstrip())


def _is_one_sum(passage: Passage, match: re.Match[str], index: int) -> bool:
    """Whether at most one number is to be found before the sign, and none of it got lost."""
    found = _holes(passage, index + match.start("asked"), index + match.start("equals"))
    wide = sum(is_wide for _, _, is_wide in found)
    return wide < 2 and wide >= len(EMPTY.findall(match["asked"]))


def _holes(passage: Passage, start: int, stop: int) -> Iterator[tuple[int, int, bool]]:
    """The slices inside of brackets around nothing or a number, and whether one is wide."""
    for found in HOLE.finditer(passage.text, start, stop):
        glyphs = passage.inked(*found.span())
        inner = passage.inked(*found.span("inner"))
        written = right(inner[-1].bbox) - inner[0].bbox[0] if inner else 0.0
        room = right(glyphs[-1].bbox) - glyphs[0].bbox[0] - written
        yield *found.span("inner"), room > _ROOM * glyphs[0].bbox[3]


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
    em = median((item.height for item in items), 20.0)
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
