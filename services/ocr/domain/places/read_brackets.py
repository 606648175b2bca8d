"""Rooms between the brackets that the line reader saw, whatever is left of their strokes.

On photographs a bracket is blurred, broken or crossed by the answer in it, and has no shape. The
line reader knows it from its line all the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.contract.model import BBox
from shared.contract.reading import TextLine

OPENING, CLOSING = "(（[【〔", ")）]】〕"
#: What may be written in brackets and read as it stands, before the number of a question.
SIGNS_BEFORE_NUMBER = re.compile(r"[A-Ha-h√×✓VXTF]{0,3}(?=\d{1,2}[.．、](?!\d))")
#: Signs that may be the answer in a bracket that ends its line and is not closed.
LAST_SIGNS = re.compile(r"[A-Ha-h√×✓VXTF]{0,3}[.．。]?")
#: Height of a Chinese character in that of its line's box: detectors leave a margin.
EM_SHARE = 0.72
#: Half the width of a bracket, and the height of one, in characters.
HALF_EM, HEIGHT_EM = 0.2, 1.1
#: How much farther apart than read brackets with nothing between them are, to each side.
BARE_EM = 0.15
#: Room behind an opening bracket that nothing closes: for one letter written large, in characters.
OPEN_ROOM_EM = 3.0


@dataclass(frozen=True, slots=True)
class ReadRoom:
    """The room inside a read bracket: x, y, width, height in page pixels.

    ``em_px`` is the height of a Chinese character there. ``is_closed``: both halves were read;
    ``is_bare``: and nothing between them.
    """

    box: tuple[int, int, int, int]
    em_px: float
    is_closed: bool
    is_bare: bool = False


def read_rooms(lines: Sequence[TextLine], em_px: float) -> Iterator[ReadRoom]:
    """The rooms of all brackets in ``lines``; ``em_px`` is a character's height on the page."""
    for line in lines:
        for opening, stop, is_closed in _spans(line):
            box = line.chars[opening].bbox
            # A line with a lower box than others has smaller print.
            em = min(em_px, EM_SHARE * box[3])
            left = middle_of(box)[0] + HALF_EM * em
            if is_closed:
                right = middle_of(line.chars[stop].bbox)[0] - HALF_EM * em
            elif stop < len(line.chars):
                right = line.chars[stop].bbox[0]
            else:
                right = min(left + OPEN_ROOM_EM * em, next_left(left, box, lines))
            is_bare = is_closed and stop == opening + 1
            if is_bare:
                left, right = left - BARE_EM * em, right + BARE_EM * em
            across = [middle_of(char.bbox)[1] for char in line.chars[opening : stop + 1]]
            top = sum(across) / len(across) - HEIGHT_EM * em / 2
            room = (round(left), round(top), round(right - left), round(HEIGHT_EM * em))
            yield ReadRoom(room, em, is_closed, is_bare)


def _spans(line: TextLine) -> Iterator[tuple[int, int, bool]]:
    """Indexes of an opening bracket and of what ends its room; whether that is its other half."""
    opening: int | None = None
    for index, char in enumerate(line.chars):
        if char.text in OPENING:
            stop = _end_of_open(line, index)
            opening = index if stop is None else None
            if stop is not None:
                yield index, stop, False
        elif char.text in CLOSING and opening is not None:
            yield opening, index, True
            opening = None


def _end_of_open(line: TextLine, opening: int) -> int | None:
    """Where the room of an unclosed bracket ends: before a question's number, or with its line."""
    rest = "".join(char.text for char in line.chars[opening + 1 :])
    before = SIGNS_BEFORE_NUMBER.match(rest)
    if before is not None:
        return opening + 1 + before.end()
    return len(line.chars) if LAST_SIGNS.fullmatch(rest) else None


def next_left(left: float, box: BBox, lines: Sequence[TextLine]) -> float:
    """Where the next line on the level of ``box`` begins."""
    level = middle_of(box)[1]
    return min(
        (
            other.bbox[0]
            for other in lines
            if other.bbox[0] > left and other.bbox[1] <= level <= other.bbox[1] + other.bbox[3]
        ),
        default=float("inf"),
    )


def middle_of(box: BBox) -> tuple[float, float]:
    """The middle (x, y) of a box."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2
