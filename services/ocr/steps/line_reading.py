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
#: A line that runs up or down is this many times as long as lines are high; a lone 1 is not.
MIN_VERTICAL_LINES = 2.5


def read_lines(reader: TextReader, image: Rgb, quads: list[Quad]) -> tuple[TextLine, ...]:
    """The text lines under ``quads``, from top to bottom and left to right."""
    ordered = sort_boxes(quads)
    limit = MIN_VERTICAL_LINES * _line_height(ordered)
    readings = reader.recognise([_level_crop(image, quad, limit) for quad in ordered])
    return tuple(
        _line(quad, reading, is_vertical=_is_vertical(quad, limit))
        for quad, reading in zip(ordered, readings, strict=True)
        if reading.text.strip() and reading.confidence >= MIN_CONFIDENCE
    )


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
