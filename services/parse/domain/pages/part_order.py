"""Orders worksheets whose parts have columns of their own: Part 1 in two, Part 3 in four.

The page is cut above each part's heading, and each part into columns that begin with a label or a
heading. Whether that is how the page is meant to be read, its labels tell: they count up.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from services.parse.domain.text.geometry import bottom, centre, median, right
from services.parse.domain.text.numbering import read_number
from shared.contract.reading import TextLine

_HEADING = re.compile(
    r"\s*(?:(?:Part|Section|Unit|Exercise)\s*(?:\d{1,2}|[A-H]|[IVX]{1,4})(?![a-z])"
    r"|[（(]?[一二三四五六七八九十]{1,3}\s*[、.．)）])",
    re.IGNORECASE,
)
_NO_POINT = frozenset("、)）")
_LETTER = re.compile(r"\s*[（(]?([A-Za-z])\s*[.．)）]")
#: Boxes of lines are larger than their text: so much at each end, in their height.
_RIM = 0.3
#: Room so high, in heights of a line, ends what stands above it: the foot of a page is no part.
_WIDE = 2.0
#: A heading begins its part so far above its own top, in its height.
_ABOVE = 0.25
#: Headings so near to one level, in their height, begin parts side by side.
_LEVEL = 1.0
#: From so many parts on their headings tell how the page is cut.
_MIN_HEADS = 2


def part_bands(lines: Sequence[TextLine], indexes: Sequence[int]) -> list[list[int]]:
    """``indexes`` by part and column in reading order; one band where the page has no parts."""
    heads = sorted(lines[i].bbox[1] for i in indexes if _HEADING.match(lines[i].text))
    height = median((lines[i].bbox[3] for i in indexes), 20.0)
    tops = [top - _ABOVE * height for top in _apart(heads, _LEVEL * height)]
    edges = sorted([float("-inf"), *tops, *_gaps(lines, indexes, _WIDE * height), float("inf")])
    return [
        column
        for start, stop in pairwise(edges)
        for column in _columns(
            lines, [i for i in indexes if start <= centre(lines[i].bbox)[1] < stop]
        )
    ]


def chain_length(lines: Sequence[TextLine], rows: Iterable[Sequence[int]]) -> int:
    """How many lines begin with the label that follows the last one of its style.

    What may be a label or a quantity, as the 2 of ``2.11×4``, is one where it follows a clear one.
    """
    last: dict[str, int] = {}
    count = 0
    for index in chain.from_iterable(rows):
        text = lines[index].text
        if _HEADING.match(text):
            last.clear()
        label = _label(text)
        if label is None:
            continue
        style, value, is_doubtful = label
        follows = value == last.get(style, 0) + 1
        if (follows and style in last) or not is_doubtful:
            count += follows
            last[style] = value
    return count


def heads_first_column(
    lines: Sequence[TextLine], indexes: Sequence[int], walls: Sequence[float]
) -> bool:
    """Whether several parts begin left of the first gutter and none begins right of it.

    A page that is read column by column has headings in all of them, or its numbers go on there.
    """
    heads = [lines[i].bbox[0] for i in indexes if walls and _HEADING.match(lines[i].text)]
    return len(heads) >= _MIN_HEADS and all(left < walls[0] for left in heads)


def _gaps(lines: Sequence[TextLine], indexes: Sequence[int], least: float) -> Iterator[float]:
    """Where blank room of at least this height goes through the whole page."""
    reach = float("inf")
    for index in sorted(indexes, key=lambda i: lines[i].bbox[1]):
        top, low = lines[index].bbox[1], bottom(lines[index].bbox)
        if top - reach >= least:
            yield (top + reach) / 2
        reach = low if reach == float("inf") else max(reach, low)


def _apart(tops: Sequence[float], least: float) -> Iterator[float]:
    previous = float("-inf")
    for top in tops:
        if top - previous > least:
            yield top
            previous = top


def _columns(lines: Sequence[TextLine], indexes: Sequence[int]) -> Iterator[list[int]]:
    """A part's lines by column: what blank room parts, where the next begins with a label."""
    columns: list[list[int]] = []
    reach = float("-inf")
    for index in sorted(indexes, key=lambda i: lines[i].bbox[0]):
        rim = _RIM * lines[index].bbox[3]
        begins = lines[index].bbox[0] + rim
        if begins > reach or not columns:
            columns.append([])
        columns[-1].append(index)
        reach = max(reach, right(lines[index].bbox) - rim)
    joined: list[list[int]] = []
    for column in columns:
        first = min(column, key=lambda i: lines[i].bbox[1])
        if joined and not _begins(lines[first].text):
            joined[-1] += column
        else:
            joined.append(column)
    yield from joined


def _begins(text: str) -> bool:
    label = _label(text)
    return (label is not None and not label[2]) or _HEADING.match(text) is not None


def _label(text: str) -> tuple[str, int, bool] | None:
    """Style and value of the label that a text begins with, and whether it is doubtful; b is 2."""
    letter = _LETTER.match(text)
    if letter is not None:
        return "letter", ord(letter[1].lower()) - ord("a") + 1, False
    token = read_number(text.lstrip())
    if token is None:
        return None
    # Behind 、 or a bracket a figure makes no decimal.
    is_doubtful = token.is_doubtful and text.lstrip()[token.length - 1] not in _NO_POINT
    return token.style.value, token.number, is_doubtful
