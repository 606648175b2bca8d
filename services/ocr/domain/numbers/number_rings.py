"""Rings around question numbers at the beginnings of lines, as ink.

A recogniser sees ⑪ to ⑳ as ②, W or nothing at all: two figures in a ring of 15 pixels are too small
beside a line's other characters. Alone, enlarged and without their ring they are read well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import faint_ink, pieces_of
from services.ocr.domain.ink.raster import Grey, Mask, Rgb
from shared.contract.notation.numerals import RINGED
from shared.contract.reading import TextChar, TextLine

#: An answer bracket may stand before the number: （ √ ）⑭. Its first half may be lost.
_BRACKET = re.compile(r"\s*[（(]?[^（()）]{0,4}[)）]")
_NUMBER = re.compile(r"[1-9]\d?", re.ASCII)
#: What a number in a ring is not part of, wherever the reader put it.
_APART = re.compile(r"[（()）\u4e00-\u9fff]")
#: Sides of a ring, in heights of a Chinese character, and width by height.
SIDE_EM, ASPECT = (0.4, 1.2), (0.8, 1.25)
#: Where its middle may be against the character that begins the line.
AHEAD_EM, WITHIN_EM = 1.3, 0.75
#: A rim lies between these shares of the radius, in nearly all directions; not all is ink inside.
RIM, DIRECTIONS, MIN_CLOSED, MAX_FILLED = (0.76, 1.06), 36, 0.92, 0.8
#: What is left out at each side of a ring's box to see its middle; how much of that is ink.
MIDDLE_SHARE, MIN_FILLED = 0.3, 0.1
#: Bubbles to be filled in stand at most so far from each other; question numbers stand farther.
BESIDE_EM = 3.0
#: Ink outside the rim, in that of the rim: a sign may touch it. A square has .34.
MAX_OUTSIDE = 0.2
#: How far the left edges of the rings of one column lie apart.
SPREAD_EM = 0.6
#: Height to which the inside is enlarged, and the paper put around it.
INSIDE_PX, PAPER_PX = 90, (12, 24)
#: So much of a ring's inside is ink or its blur at most, in per cent.
PAPER_PERCENT = 60
MIN_CONFIDENCE = 0.8

#: x, y, width, height in pixels of the page.
PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring where the number of a line would stand.

    ``at`` is the index among the line's characters where the number belongs; ``box`` is x, y,
    width, height in pixels of the page.
    """

    line: int
    at: int
    box: tuple[int, int, int, int]


def page_rings(darkness: Grey, em_px: float) -> list[PixelBox]:
    """The boxes of rings on a page that may hold a number and begin a line.

    Not the letter o, in which there is nothing, and not bubbles, which stand side by side.
    """
    ink = faint_ink(darkness)
    pieces = pieces_of(ink)
    rings = [
        (x, y, width, height)
        for piece, (x, y, width, height, _) in enumerate(pieces.stats[1:].tolist(), start=1)
        if _has_sides(height, width, em_px)
        and _is_filled(ink[y : y + height, x : x + width])
        and _is_number_ring(pieces.labels[y : y + height, x : x + width] == piece, em_px)
    ]
    return standing_alone(rings, em_px)


def standing_alone(rings: Sequence[PixelBox], em_px: float) -> list[PixelBox]:
    """``rings`` without those that have another one close beside them, as bubbles have."""
    return [ring for ring in rings if not any(_are_beside(ring, other, em_px) for other in rings)]


def _is_filled(ring: Mask) -> bool:
    """Whether there is ink in the middle of a ring's box."""
    height, width = ring.shape
    down, across = round(MIDDLE_SHARE * height), round(MIDDLE_SHARE * width)
    middle = ring[down : height - down, across : width - across]
    return bool(np.count_nonzero(middle) >= MIN_FILLED * middle.size)


def _are_beside(one: PixelBox, other: PixelBox, em_px: float) -> bool:
    is_level = abs(one[1] - other[1]) < 0.5 * one[3]
    return is_level and 0 < abs(one[0] - other[0]) <= BESIDE_EM * em_px


def _has_sides(height: int, width: int, em_px: float) -> bool:
    is_sized = all(SIDE_EM[0] * em_px <= side <= SIDE_EM[1] * em_px for side in (height, width))
    return is_sized and ASPECT[0] <= width / height <= ASPECT[1]


def find_rings(lines: Sequence[TextLine], darkness: Grey, em_px: float) -> list[Ring]:
    """The ring at the beginning of each line, or behind the bracket that begins it.

    ``darkness`` is the page's ink, 0 for paper; ``em_px`` is the height of a Chinese character.
    """
    ink = faint_ink(darkness)
    return [
        ring
        for number, line in enumerate(lines)
        if (ring := _ring_of(number, line, ink, em_px)) is not None
    ]


def _ring_of(number: int, line: TextLine, ink: Mask, em_px: float) -> Ring | None:
    if not line.chars or len(_places(line.text)) != len(line.chars):
        return None
    bracket = _BRACKET.match(line.text)
    for at in [0, len(_places(bracket.group()))] if bracket else [0]:
        begin = line.chars[at].bbox[0] if at < len(line.chars) else line.bbox[0] + line.bbox[2]
        box = _ring_near(line, begin, ink, em_px)
        if box is not None:
            return Ring(number, at, box)
    return None


def _places(text: str) -> list[int]:
    """Where in a line's text its characters stand; spaces have no place on the page."""
    return [index for index, sign in enumerate(text) if not sign.isspace()]


def _ring_near(
    line: TextLine, begin: float, ink: Mask, em_px: float
) -> tuple[int, int, int, int] | None:
    """The box of the first ring whose middle is near ``begin``."""
    middle = line.bbox[1] + line.bbox[3] / 2
    left, top = max(0, round(begin - 2 * em_px)), max(0, round(middle - 0.9 * em_px))
    window = ink[top : round(middle + 0.9 * em_px), left : round(begin + 1.5 * em_px)]
    if window.size == 0:
        return None
    pieces = pieces_of(window)
    found = []
    for piece, (x, y, width, height, _) in enumerate(pieces.stats[1:].tolist(), start=1):
        is_near = -AHEAD_EM * em_px <= left + x + width / 2 - begin <= WITHIN_EM * em_px
        if not is_near or abs(top + y + height / 2 - middle) > 0.5 * em_px:
            continue
        if _is_number_ring(pieces.labels[y : y + height, x : x + width] == piece, em_px):
            found.append((left + x, top + y, width, height))
    return min(found, default=None)


def _is_number_ring(piece: Mask, em_px: float) -> bool:
    height, width = piece.shape
    return _has_sides(height, width, em_px) and is_ring(piece)


def is_ring(piece: Mask) -> bool:
    """Whether a piece of ink is a closed ring, whatever is in it, that fills its box."""
    height, width = piece.shape
    if not ASPECT[0] <= width / height <= ASPECT[1]:
        return False
    rows, columns = np.nonzero(piece)
    down, across = (rows + 0.5) / height * 2 - 1, (columns + 0.5) / width * 2 - 1
    radius = np.hypot(down, across)
    if np.count_nonzero(radius < RIM[0]) > MAX_FILLED * np.pi / 4 * RIM[0] ** 2 * height * width:
        return False
    is_rim = (radius >= RIM[0]) & (radius <= RIM[1])
    # A square's corners lie outside.
    if np.count_nonzero(radius > RIM[1]) > MAX_OUTSIDE * np.count_nonzero(is_rim):
        return False
    angles = np.arctan2(down[is_rim], across[is_rim])
    seen = np.unique(np.floor((angles + np.pi) / (2 * np.pi) * DIRECTIONS))
    return len(seen) >= MIN_CLOSED * DIRECTIONS


def inside(ring: Ring, darkness: Grey, share: float, *, is_spread: bool) -> Rgb:
    """What stands in a ring, enlarged, on white: all within ``share`` of its radius.

    In a blurred ring nothing is as white as paper, and nothing black: ``is_spread`` makes it so.
    """
    x, y, width, height = ring.box
    scale = INSIDE_PX / height
    size = (round(width * scale), INSIDE_PX)
    enlarged = cv2.resize(
        255 - darkness[y : y + height, x : x + width], size, interpolation=cv2.INTER_CUBIC
    )
    middle = (size[0] / 2, size[1] / 2)
    down, across = np.mgrid[: size[1], : size[0]]
    is_outside = np.hypot((across - middle[0]) / middle[0], (down - middle[1]) / middle[1]) > share
    if is_spread:
        black, white = np.percentile(enlarged[~is_outside], (0, PAPER_PERCENT))
        spread = (enlarged - black) * (255 / max(white - black, 1.0))
        enlarged = spread.clip(0, 255).astype(np.uint8)
    enlarged[is_outside] = 255
    rows, columns = PAPER_PX
    padded = cv2.copyMakeBorder(
        enlarged, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=255
    )
    return cv2.cvtColor(padded, cv2.COLOR_GRAY2RGB)


def agreed_number(now: str, looks: Sequence[tuple[str, float]]) -> tuple[str, float] | None:
    """The sign and its confidence that looks, as (text, confidence), agree on.

    ``now`` is the character that was read for the ring. One look alone does not stand against it
    but for its first figure: ⑫ is read as ②.
    """
    sure = [(text, confidence) for text, confidence in looks if confidence >= MIN_CONFIDENCE]
    numbers = [(int(text), sureness) for text, sureness in sure if _NUMBER.fullmatch(text)]
    if not numbers or len({number for number, _ in numbers}) > 1:
        return None
    number, confidence = max(numbers)
    if number > len(RINGED):
        return None
    is_against = now != "" and now in RINGED and (RINGED.index(now) + 1) % 10 != number % 10
    return None if is_against and len(numbers) == 1 else (RINGED[number - 1], confidence)


def sign_at(line: TextLine, ring: Ring) -> str:
    """The character that was read where a ring stands; empty at the end of the line."""
    return line.chars[ring.at].text if ring.at < len(line.chars) else ""


def are_aligned(one: Ring, other: Ring, em_px: float) -> bool:
    """Whether two rings stand one above the other."""
    return abs(one.box[0] - other.box[0]) <= SPREAD_EM * em_px


def with_number(line: TextLine, ring: Ring, sign: str, confidence: float) -> TextLine:
    """``line`` with ``sign`` where its ring stands, instead of what was read there."""
    x, y, width, height = ring.box
    stop = max((at + 1 for at in _covered(line, ring)), default=ring.at)
    char = TextChar(
        text=sign,
        bbox=(float(x), float(y), float(width), float(height)),
        confidence=confidence,
    )
    places = [*_places(line.text), len(line.text)]
    left, top = min(x, line.bbox[0]), min(y, line.bbox[1])
    right = max(x + width, line.bbox[0] + line.bbox[2])
    bottom = max(y + height, line.bbox[1] + line.bbox[3])
    return line.model_copy(
        update={
            "text": line.text[: places[ring.at]] + sign + line.text[places[stop] :],
            "bbox": (left, top, right - left, bottom - top),
            "chars": (*line.chars[: ring.at], char, *line.chars[stop:]),
        }
    )


def _covered(line: TextLine, ring: Ring) -> Iterator[int]:
    """Indexes of the characters that were read for the ring or what is in it."""
    x, _, width, _ = ring.box
    for at in range(ring.at, len(line.chars)):
        char = line.chars[at]
        middle = char.bbox[0] + char.bbox[2] / 2
        if _APART.fullmatch(char.text) or middle > x + 1.1 * width:
            return
        yield at
