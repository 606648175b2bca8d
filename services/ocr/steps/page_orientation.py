"""Turns a page the right way up by reading a few of its lines each way.

Geometry cannot tell a page from the same page upside down, a recogniser can: text on its head reads
as unsure nonsense.
"""

from dataclasses import dataclass

import numpy as np

from services.ocr.domain.ink.raster import Quad, Rgb, bounding_box, cut_quad, rotate, turn_quarters
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.text_reader import TextReader

#: Lines that are read per direction, the longest; only so much of each.
SAMPLE = 4
MAX_RATIO = 10.0
#: Only lines this many times longer than high count: two letters side by side may as well stand
#: below one another on another page.
LONG_RATIO = 2.2
#: Evidence is confidence above this, summed over characters.
DOUBT = 0.7
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
    """The turned image, its text quads, and the clockwise quarter turns that were needed.

    ``levelled_degrees`` is a small clockwise turn after these.
    """

    image: Rgb
    quads: list[Quad]
    quarters: int
    levelled_degrees: float = 0.0


def upright(reader: TextReader, image: Rgb) -> UprightPage:
    """``image`` the right way up; a page that reads no better another way stays as it is."""
    quads = reader.find(image)
    level, rising = _longest(quads, is_level=True), _longest(quads, is_level=False)
    readings = _read(reader, image, level)
    characters = sum(len(r.text) for r in readings)
    sure = sum(r.confidence * len(r.text) for r in readings) >= CERTAIN_MEAN * characters
    if sure and characters >= CERTAIN_CHARACTERS and len(rising) < len(level):
        return UprightPage(image, quads, 0)
    if not level and not rising:
        # A sheet of lone letters, such as a table of answers: they tell together.
        level = rising = quads[:LONE]
        readings = _read(reader, image, level)
    evidence = {0: _evidence(readings), 2: _evidence_turned(reader, image, level, 2)}
    if len(level) + len(rising) >= ENOUGH_LINES:
        evidence[1] = _evidence_turned(reader, image, rising, 1)
        evidence[3] = _evidence_turned(reader, image, rising, 3)
    else:
        # Lying titles fall apart into characters for the detector: look at the page turned.
        lying = turn_quarters(image, 1)
        lines = _longest(reader.find(lying), is_level=True)
        evidence[1] = _evidence(_read(reader, lying, lines))
        evidence[3] = _evidence_turned(reader, lying, lines, 2)
    best = max(evidence, key=lambda q: evidence[q])
    if best == 0 or evidence[best] < MARGIN_FACTOR * evidence[0] + MARGIN:
        return UprightPage(image, quads, 0)
    turned = turn_quarters(image, best)
    # Found again, because the detector sees lines that run up less well.
    quads = reader.find(turned)
    skew = _skew(_longest(quads, is_level=True)) if best != 2 else 0.0
    if abs(skew) <= MIN_SKEW_DEGREES:
        return UprightPage(turned, quads, best)
    # Ingest levelled the page along what it took for its lines.
    turned = rotate(turned, -skew)
    return UprightPage(turned, reader.find(turned), best, -skew)


def _skew(quads: list[Quad]) -> float:
    """The slope of long lines in degrees, clockwise positive; 0 without any."""
    slopes = [np.degrees(np.arctan2(*(quad[1] - quad[0])[::-1])) for quad in quads]
    return float(np.median(slopes)) if slopes else 0.0


def _evidence_turned(reader: TextReader, image: Rgb, quads: list[Quad], quarters: int) -> float:
    """What ``quads`` of ``image`` say for it after ``quarters`` clockwise turns."""
    moved = [_turn_quad(quad, image.shape, quarters) for quad in quads]
    return _evidence(_read(reader, turn_quarters(image, quarters), moved))


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


def _evidence(readings: list[Reading]) -> float:
    return sum(max(0.0, r.confidence - DOUBT) * len(r.text) for r in readings)


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
