"""Makes questions of what asks without a number: sums of a drill, blocks of a page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.parse.domain.questions.column_heads import Heads
from services.parse.domain.questions.starts import Start
from services.parse.domain.questions.sums import UNREAD_LETTER, Sum, by_column
from services.parse.domain.text.geometry import centre, median
from services.parse.domain.text.glyphs import Passage
from services.parse.domain.text.numbering import Style

#: So many sums in a section are a drill. Worked solutions rarely begin three rows with a sum of
#: their own (real worked pages: at most two).
_MIN_SUMS = 4
#: Share of a section's sums that are numbered, from which their numbers count.
_NUMBERED_SHARE = 0.5
#: So many letters that count up from column to column give the missing ones.
_MIN_COUNTING = 2
#: How sure a letter is that was only counted.
_COUNTED = 0.6
#: What a question by its form weighs: it needs no support by its neighbours.
_WEIGHT = 1.0
#: Rows of a block stand this close, in heights of a row.
_BLOCK_GAP = 1.2


def with_sums(chain: Sequence[Start], sums: Sequence[Sum], heads: Heads) -> tuple[Start, ...]:
    """The chosen starts, and those of the sums that no numbered question holds.

    Numbers inside of such sums are no question's.
    """
    starts = list(chain)
    for section in sorted({heads.section(item.start) for item in sums}):
        mine = [item for item in sums if heads.section(item.start) == section]
        starts = _with_section(starts, mine, section)
    return tuple(sorted(starts, key=lambda start: start.index))


def _with_section(starts: list[Start], sums: Sequence[Sum], section: int) -> list[Start]:
    begun = {item.start for item in sums}
    numbered = [start for start in starts if start.section == section]
    if len(sums) < _MIN_SUMS:
        return starts
    if sum(start.index in begun for start in numbered) >= _NUMBERED_SHARE * len(sums):
        return starts
    stray = {start.index for start in numbered if _is_inside(start, sums)}
    kept = [start for start in starts if start.section != section or start.index not in stray]
    first = min((start.index for start in kept if start.section == section), default=None)
    free = [item for item in sums if first is None or item.start < first]
    if len(free) < _MIN_SUMS:
        return starts
    return [*kept, *_starts_of(free, section)]


def _is_inside(start: Start, sums: Sequence[Sum]) -> bool:
    return any(item.start <= start.index < item.stop for item in sums)


def _starts_of(sums: Sequence[Sum], section: int) -> Iterator[Start]:
    """The starts of a drill, counted down its columns, or as their letters say."""
    columns = by_column(sums)
    if sum(item.letter != "" for item in sums) >= _NUMBERED_SHARE * len(sums) or any(
        column[0].letter for column in columns
    ):
        yield from _lettered(columns, section)
        return
    number = 0
    for column in columns:
        for item in column:
            number += 1
            yield _start(item, Style.UNNUMBERED, number, section)


def _lettered(columns: Sequence[Sequence[Sum]], section: int) -> Iterator[Start]:
    """Sums without a letter belong to the one above them."""
    columns = _counted(columns)
    tops = [column[0].letter for column in columns]
    if not any(item.letter for column in columns for item in column[1:]):
        tops = _filled(tops)
    for column, top in zip(columns, tops, strict=True):
        letter = top
        for item in column:
            letter = item.letter or letter
            if letter:
                yield _start(item, Style.LETTER, ord(letter) - ord("a") + 1, section)


def _counted(columns: Sequence[Sequence[Sum]]) -> list[list[Sum]]:
    """The columns with letters that count on, where one was not read, or read as another.

    It is sure only where the next one counts on, too: rows between may have been lost.
    """
    items = [item for column in columns for item in column]
    given = [at for at, item in enumerate(items) if item.letter]
    for before, at, behind in zip(given, given[1:], [*given[2:], None], strict=False):
        following = chr(ord(items[before].letter) + 1)
        goes_on = behind is not None and items[behind].letter == chr(ord(following) + 1)
        if items[at].letter == UNREAD_LETTER or goes_on:
            sure = items[before].certainty if goes_on else _COUNTED
            items[at] = replace(items[at], letter=following, certainty=sure)
    told = iter(items)
    return [[next(told) for _ in column] for column in columns]


def _filled(letters: Sequence[str]) -> list[str]:
    """Letters of columns, those that were not read too where most of the others count up."""
    votes = Counter(ord(letter) - at for at, letter in enumerate(letters) if letter)
    first, count = max(votes.items(), key=lambda item: item[1])
    if count < _MIN_COUNTING or 2 * count <= votes.total():
        return list(letters)
    return [letter or chr(first + at) for at, letter in enumerate(letters)]


def _start(item: Sum, style: Style, number: int, section: int) -> Start:
    return Start(item.start, item.start, item.body, style, number, section, _WEIGHT, sum=item)


def blocks(passage: Passage, heads: Heads) -> tuple[Start, ...]:
    """One start for each block of text: a page that shows no questions is left to a person."""
    found: list[Start] = []
    previous: tuple[int, int, float, float] | None = None
    counts: dict[int, int] = {}
    for row, end in passage.rows(0, len(passage.text)):
        inked = passage.inked(row, end)
        if not inked or any(heading.start <= row < heading.stop for heading in heads.headings):
            previous = None
            continue
        height = median((glyph.bbox[3] for glyph in inked), 20.0)
        place = inked[0].page, inked[0].column, centre(inked[0].bbox)[1], height
        if previous is None or _is_apart(previous, place):
            section = heads.section(row)
            counts[section] = counts.get(section, 0) + 1
            found.append(Start(row, row, row, Style.UNNUMBERED, counts[section], section, _WEIGHT))
        previous = place
    return tuple(found)


def _is_apart(one: tuple[int, int, float, float], other: tuple[int, int, float, float]) -> bool:
    if one[:2] != other[:2]:
        return True
    return other[2] - one[2] > (1 + _BLOCK_GAP) * min(one[3], other[3])
