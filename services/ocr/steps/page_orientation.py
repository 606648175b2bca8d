"""Turns a page the right way up by reading a few of its lines each way.

Geometry cannot tell a page from the same page upside down or in a mirror, a recogniser can: text on
its head reads as unsure nonsense.
"""

from dataclasses import dataclass, replace

import numpy as np

from services.ocr.domain.ink.raster import (
    Quad,
    Rgb,
    bounding_box,
    cut_quad,
    mirrored,
    rotate,
    turn_quarters,
)
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.text_reader import TextReader

#: Lines that are read per direction, the longest; only so much of each.
SAMPLE = 4
MAX_RATIO = 10.0
#: Only lines this many times longer than high count: two letters side by side may as well stand
#: below one another on another page.
LONG_RATIO = 2.2
#: Evidence is confidence above this, summed over characters. Rows of numbers and bubbles that stand
#: on their heads read with up to .8 (a phone's picture of a bubble sheet), text the right way up
#: with .9 and more.
DOUBT = 0.8
#: A page whose level lines read this surely, in so many characters, is the right way up.
CERTAIN_MEAN, CERTAIN_CHARACTERS = 0.9, 12
#: With fewer long lines than this the page is looked at lying, too.
ENOUGH_LINES = 5
#: Lone letters that are read where there are no long lines.
LONE = 24
#: A page that lay is levelled again when its lines slope more than this.
MIN_SKEW_DEGREES = 0.4
#: A turn needs this much more evidence than no turn, as a factor and in addition.
MARGIN_FACTOR, MARGIN = 1.15, 0.5


@dataclass(frozen=True, slots=True)
class UprightPage:
    """The turned image, its text quads, and what made it so, to be done to others like it.

    First left and right are exchanged where it ``is_mirrored``; then it is turned clockwise by
    ``quarters`` and by the small ``levelled_degrees``.
    """

    image: Rgb
    quads: list[Quad]
    quarters: int
    levelled_degrees: float = 0.0
    is_mirrored: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether the page was not upright."""
        return self.is_mirrored or bool(self.quarters)

    def applied_to(self, image: Rgb) -> Rgb:
        """``image``, of the page as it was, made upright in the same way."""
        image = mirrored(image) if self.is_mirrored else image
        image = turn_quarters(image, self.quarters)
        return rotate(image, self.levelled_degrees) if self.levelled_degrees else image


@dataclass(frozen=True, slots=True)
class _Turned:
    """``page`` as its lines read best, with the evidence for it; ``is_sure`` needs no other."""

    page: UprightPage
    evidence: float
    is_sure: bool


def upright(reader: TextReader, image: Rgb) -> UprightPage:
    """``image`` the right way up; a page that reads no better another way stays as it is.

    A page that cannot be read surely in any direction is looked at in a mirror, too.
    """
    found = _turned(reader, image)
    if found.is_sure:
        return found.page
    mirror = _turned(reader, mirrored(image))
    if mirror.is_sure and mirror.evidence > MARGIN_FACTOR * found.evidence + MARGIN:
        return replace(mirror.page, is_mirrored=True)
    return found.page


def _turned(reader: TextReader, image: Rgb) -> _Turned:
    quads = reader.find(image)
    level, rising = _longest(quads, is_level=True), _longest(quads, is_level=False)
    read = {0: _read(reader, image, level)}
    if _is_sure(read[0]) and len(rising) < len(level):
        return _Turned(UprightPage(image, quads, 0), _evidence(read[0]), is_sure=True)
    if not level and not rising:
        # A sheet of lone letters, such as a table of answers: they tell together.
        level = rising = quads[:LONE]
        read[0] = _read(reader, image, level)
    read[2] = _read_turned(reader, image, level, 2)
    if len(level) + len(rising) >= ENOUGH_LINES:
        read[1] = _read_turned(reader, image, rising, 1)
        read[3] = _read_turned(reader, image, rising, 3)
    else:
        # Lying titles fall apart into characters for the detector: look at the page turned.
        lying = turn_quarters(image, 1)
        lines = _longest(reader.find(lying), is_level=True)
        read[1] = _read(reader, lying, lines)
        read[3] = _read_turned(reader, lying, lines, 2)
    evidence = {quarters: _evidence(readings) for quarters, readings in read.items()}
    best = max(evidence, key=lambda q: evidence[q])
    if evidence[best] < MARGIN_FACTOR * evidence[0] + MARGIN:
        best = 0
    page = _as_turned(reader, image, best) if best else UprightPage(image, quads, 0)
    return _Turned(page, evidence[best], _is_sure(read[best]))


def _as_turned(reader: TextReader, image: Rgb, quarters: int) -> UprightPage:
    turned = turn_quarters(image, quarters)
    # Found again, because the detector sees lines that run up less well.
    quads = reader.find(turned)
    skew = _skew(_longest(quads, is_level=True)) if quarters != 2 else 0.0
    if abs(skew) <= MIN_SKEW_DEGREES:
        return UprightPage(turned, quads, quarters)
    # Ingest levelled the page along what it took for its lines.
    turned = rotate(turned, -skew)
    return UprightPage(turned, reader.find(turned), quarters, -skew)


def _skew(quads: list[Quad]) -> float:
    """The slope of long lines in degrees, clockwise positive; 0 without any."""
    slopes = [np.degrees(np.arctan2(*(quad[1] - quad[0])[::-1])) for quad in quads]
    return float(np.median(slopes)) if slopes else 0.0


def _read_turned(reader: TextReader, image: Rgb, quads: list[Quad], quarters: int) -> list[Reading]:
    """What ``quads`` of ``image`` say after ``quarters`` clockwise turns."""
    moved = [_turn_quad(quad, image.shape, quarters) for quad in quads]
    return _read(reader, turn_quarters(image, quarters), moved)


def _longest(quads: list[Quad], *, is_level: bool) -> list[Quad]:
    """The longest of the long lines that are level, or that run up or down."""
    sized = [(quad, bounding_box(quad)) for quad in quads]
    long = [
        (length, quad)
        for quad, (_, _, width, height) in sized
        for length, thickness in [(width, height) if is_level else (height, width)]
        if length >= LONG_RATIO * max(1.0, thickness)
    ]
    long.sort(key=lambda item: -item[0])
    return [quad for _, quad in long[:SAMPLE]]


def _read(reader: TextReader, image: Rgb, quads: list[Quad]) -> list[Reading]:
    crops = [cut_quad(image, quad) for quad in quads]
    return reader.recognise([crop[:, : int(MAX_RATIO * crop.shape[0])] for crop in crops])


def _is_sure(readings: list[Reading]) -> bool:
    characters = sum(len(r.text) for r in readings)
    sure = sum(r.confidence * len(r.text) for r in readings)
    return characters >= CERTAIN_CHARACTERS and sure >= CERTAIN_MEAN * characters


def _evidence(readings: list[Reading]) -> float:
    return sum(max(0.0, r.confidence - DOUBT) * len(r.text.replace(" ", "")) for r in readings)


def _turn_quad(quad: Quad, shape: tuple[int, ...], quarters: int) -> Quad:
    """``quad`` on the image of ``shape`` after ``quarters`` clockwise turns."""
    height, width = shape[:2]
    x, y = quad[:, 0], quad[:, 1]
    moved = {
        0: (x, y),
        1: (height - 1 - y, x),
        2: (width - 1 - x, height - 1 - y),
        3: (y, width - 1 - x),
    }[quarters % 4]
    corners: Quad = np.roll(np.stack(moved, axis=1), quarters, axis=0)
    return corners
