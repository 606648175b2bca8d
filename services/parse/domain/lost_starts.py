"""Finds questions whose number was not read, by what stands between their neighbours."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from services.parse.domain.glyphs import Passage
from services.parse.domain.options import find_options
from services.parse.domain.starts import Start

_MAX_GAP = 4
#: A number with a sign, at the margin.
_MIN_WEIGHT = 0.9
#: A row that ends a true-or-false question: its bracket stands last.
_BRACKET_LAST = re.compile(r"[（(][^（()）]{0,6}[)）]\s*[.。]?\s*[√×✓✗XxV]?\s*$")


def with_lost_starts(
    passage: Passage, starts: Sequence[Start], starts_all: Sequence[Start] = ()
) -> tuple[Start, ...]:
    """The starts with those put in that a gap in the numbering asks for.

    ``starts_all`` are all numbers found; where as many stand between two questions as are missing,
    they are those, misread. Else between question 3 and question 5 a second set of options A, B,
    C … belongs to question 4; so does a second row that ends with a bracket. Where neither is
    found the gap stays.
    """
    if not starts:
        return ()
    complete = [starts[0]]
    for one, following in pairwise(starts):
        missing = following.number - one.number - 1
        is_gap = one.section == following.section and one.style is following.style
        if is_gap and 1 <= missing <= _MAX_GAP:
            misread = _misread(starts_all, one, following)
            if len(misread) == missing:
                complete += misread
            else:
                complete += _between(passage, one, following, missing)
        complete.append(following)
    return tuple(complete)


def _misread(starts_all: Sequence[Start], one: Start, following: Start) -> list[Start]:
    """Clear numbers between two questions, with the values that their places give them."""
    between = [
        start
        for start in starts_all
        if one.body <= start.index < following.index
        and start.style is one.style
        and start.weight >= _MIN_WEIGHT
    ]
    return [
        replace(start, number=one.number + ahead) for ahead, start in enumerate(between, start=1)
    ]


def _between(passage: Passage, one: Start, following: Start, missing: int) -> list[Start]:
    found: list[Start] = []
    begin = one.body
    while len(found) < missing:
        cut = _after_options(passage, begin, following.index)
        if cut is None:
            break
        found.append(_start(one, cut, len(found) + 1))
        begin = cut
    return found or _by_brackets(passage, one, following, missing)


def _start(one: Start, index: int, ahead: int) -> Start:
    return replace(one, index=index, number_at=index, body=index, number=one.number + ahead)


def _after_options(passage: Passage, start: int, stop: int) -> int | None:
    """Where the next question begins: after a set of options that another one follows."""
    first = find_options(passage, start, stop)
    if len(first) < 3:
        return None
    last = max(option.label_start for option in first)
    cut = passage.row_stop(last) + 1
    again = find_options(passage, cut, stop)
    return cut if len(again) >= 3 and again[0].label == "A" else None


def _by_brackets(passage: Passage, one: Start, following: Start, missing: int) -> list[Start]:
    ends = [
        end
        for row, end in passage.rows(one.body, following.index)
        if _BRACKET_LAST.search(passage.text[row:end])
    ]
    if len(ends) != missing + 1:
        return []
    return [_start(one, end + 1, ahead) for ahead, end in enumerate(ends[:-1], start=1)]
