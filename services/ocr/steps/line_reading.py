"""Reads whole lines: quads from the detector, text from the recogniser, boxes per character."""

from statistics import median

import numpy as np

from services.ocr.domain.ink.raster import (
    VERTICAL_RATIO,
    Quad,
    Rgb,
    bounding_box,
    cut_quad,
    turn_quarters,
)
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.text_boxes import sort_boxes
from services.ocr.domain.text.text_reader import TextReader
from shared.contract.model import BBox
from shared.contract.reading import TextChar, TextLine

#: Readings less sure than this are noise: specks, rules, parts of figures.
MIN_CONFIDENCE = 0.3
#: Lines that are read less surely are looked at again when they are so short: the heads of two real
#: drills, 70 and 71 in an ornament, read .52 and .32 at first and .95 and .78 in a tighter crop.
UNSURE, SHORT_RATIO = 0.75, 4.0
#: Rims that are cut off then, in heights of the crop.
INSETS = (0.07, 0.14)
#: A line that runs up or down is this many times as long as lines are high; a lone 1 is not.
MIN_VERTICAL_LINES = 2.5


def read_lines(reader: TextReader, image: Rgb, quads: list[Quad]) -> tuple[TextLine, ...]:
    """The text lines under ``quads``, from top to bottom and left to right."""
    ordered = sort_boxes(quads)
    limit = MIN_VERTICAL_LINES * _line_height(ordered)
    crops = [_level_crop(image, quad, limit) for quad in ordered]
    readings = _surer(reader, crops, reader.recognise(crops))
    return tuple(
        _line(quad, reading, is_vertical=_is_vertical(quad, limit))
        for quad, reading in zip(ordered, readings, strict=True)
        if reading.text.strip() and reading.confidence >= MIN_CONFIDENCE
    )


def _surer(reader: TextReader, crops: list[Rgb], readings: list[Reading]) -> list[Reading]:
    """The readings; of an unsure short line the surest of several crops, each a little tighter.

    What surrounds print, such as a frame or a figure, is read as part of it.
    """
    unsure = [
        at
        for at, (crop, reading) in enumerate(zip(crops, readings, strict=True))
        if reading.confidence < UNSURE and crop.shape[1] <= SHORT_RATIO * crop.shape[0]
    ]
    tighter = [_inset(crops[at], share) for at in unsure for share in INSETS]
    looks = reader.recognise(tighter)
    best = list(readings)
    for place, at in enumerate(unsure):
        own = looks[place * len(INSETS) : (place + 1) * len(INSETS)]
        found = max(own, key=lambda look: look.confidence)
        if found.confidence >= UNSURE and found.text.strip():
            best[at] = found
    return best


def _inset(crop: Rgb, share: float) -> Rgb:
    """``crop`` without a rim of ``share`` of its height, twice as wide at its ends."""
    rim = round(share * crop.shape[0])
    across = min(2 * rim, (crop.shape[1] - 1) // 2)
    return crop[rim : crop.shape[0] - rim, across : crop.shape[1] - across]


def _line_height(quads: list[Quad]) -> float:
    heights = [min(bounding_box(quad)[2:]) for quad in quads]
    return median(heights) if heights else 0.0


def _is_vertical(quad: Quad, limit: float) -> bool:
    _, _, width, height = bounding_box(quad)
    return height > VERTICAL_RATIO * width and height > limit


def _level_crop(image: Rgb, quad: Quad, limit: float) -> Rgb:
    crop = cut_quad(image, quad)
    return turn_quarters(crop, 3) if _is_vertical(quad, limit) else crop


def _line(quad: Quad, reading: Reading, *, is_vertical: bool) -> TextLine:
    chars = tuple(
        TextChar(
            text=char.text,
            bbox=_char_box(quad, char.start, char.end, is_vertical=is_vertical),
            confidence=char.confidence,
        )
        for char in reading.chars
        if char.text.strip()
    )
    return TextLine(
        text=reading.text.strip(),
        bbox=bounding_box(quad),
        confidence=reading.confidence,
        chars=chars,
    )


def _char_box(quad: Quad, start: float, end: float, *, is_vertical: bool) -> BBox:
    """The box of what lies between two shares of the line's length."""
    if is_vertical:
        # Turned by three quarters, the line's beginning is at its top.
        quad = quad[[1, 2, 3, 0]]
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    part = np.array(
        [
            quad[0] + start * top,
            quad[0] + end * top,
            quad[3] + end * bottom,
            quad[3] + start * bottom,
        ]
    )
    return bounding_box(part)
