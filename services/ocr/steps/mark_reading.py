"""What a pen put on a page besides answers: shapes by geometry, scores by the recogniser."""

import re

import cv2
import numpy as np

from services.ocr.domain.drawings.long_ticks import find_long_ticks, without_ticks
from services.ocr.domain.drawings.pen_marks import Drawing, find_drawings, is_strike
from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Grey, Rgb
from services.ocr.domain.ink.stroke_shapes import Shape
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.steps.digit_reading import digit_by_digit
from shared.contract.notation.look_alikes import FIGURES_OF_SCORES
from shared.contract.reading import InkColour, MarkKind, PenMark, TextLine

KINDS = {
    Shape.TICK: MarkKind.TICK,
    Shape.BARRED_TICK: MarkKind.HALF_TICK,
    Shape.CROSS: MarkKind.CROSS,
    Shape.RING: MarkKind.CIRCLE,
}
#: Points as teachers write them: 8, 12.5, +2, -3.
SCORE = re.compile(r"[+\-−–]?\d{1,3}(\.5|½)?")
MIN_SCORE_CONFIDENCE = 0.55
#: A drawing with a cross's shape is a digit when it reads as one this surely.
MIN_DIGIT_OVER_CROSS = 0.85
#: Share of a ring's middle that has black ink when it is drawn around a letter.
MIN_RINGED_SHARE = 0.08
#: Of the page's shorter side, where no line says how high text is.
DEFAULT_TEXT_HEIGHT_SHARE = 0.015


def read_marks(
    reader: TextReader | None, image: Rgb, ink: PageInk, lines: tuple[TextLine, ...]
) -> tuple[PenMark, ...]:
    """Marks in coloured ink, from top to bottom. Without a ``reader`` no scores are read."""
    text_height = _text_height(image, lines)
    ticks = find_long_ticks(ink.reddish, text_height)
    marks = [
        PenMark(kind=MarkKind.TICK, bbox=tick.box, colour=InkColour.RED, confidence=tick.quality)
        for tick in ticks
    ]
    undecided = []
    for drawing in find_drawings(image, without_ticks(ink, ticks), text_height):
        if is_strike(drawing, ink.black, text_height):
            marks.append(_mark(MarkKind.STRIKE, drawing, drawing.fit.quality))
        elif _may_be_digits(drawing, ink, text_height):
            undecided.append(drawing)
        elif drawing.fit.shape in KINDS:
            marks.append(_shape_mark(drawing))
    marks += _digits_or_shapes(reader, undecided)
    return tuple(sorted(marks, key=lambda mark: (mark.bbox[1], mark.bbox[0])))


def _may_be_digits(drawing: Drawing, ink: PageInk, text_height: float) -> bool:
    """Whether to read a drawing: it has no shape, is a small ring, or a cross like a hasty 5."""
    shape = drawing.fit.shape
    if shape is Shape.RING:
        return max(drawing.box[2:]) < 1.6 * text_height and not _is_around_print(drawing, ink)
    return shape in {Shape.OTHER, Shape.CROSS}


def _is_around_print(drawing: Drawing, ink: PageInk) -> bool:
    """Whether black ink stands in the middle of a ring: it marks a letter and is no 0."""
    x, y, width, height = drawing.box
    across, down = width // 4, height // 4
    middle = ink.black[y + down : y + height - down, x + across : x + width - across]
    return bool(np.count_nonzero(middle) > MIN_RINGED_SHARE * middle.size)


def _text_height(image: Rgb, lines: tuple[TextLine, ...]) -> float:
    heights = [min(line.bbox[2:]) for line in lines if len(line.text) > 3]
    if not heights:
        return DEFAULT_TEXT_HEIGHT_SHARE * float(min(image.shape[:2]))
    return float(np.median(heights)) * 0.75


def _shape_mark(drawing: Drawing) -> PenMark:
    return _mark(KINDS[drawing.fit.shape], drawing, drawing.fit.quality)


def _mark(kind: MarkKind, drawing: Drawing, confidence: float, text: str = "") -> PenMark:
    return PenMark(
        kind=kind,
        bbox=drawing.box,
        text=text,
        colour=drawing.colour,
        confidence=min(1.0, max(0.0, confidence)),
    )


def _digits_or_shapes(reader: TextReader | None, drawings: list[Drawing]) -> list[PenMark]:
    """Scores among ``drawings``, and crosses that do not surely read as digits."""
    crops = [_as_print(drawing) for drawing in drawings]
    readings = reader.recognise(crops) if reader else [Reading("", 0.0)] * len(crops)
    marks = []
    for drawing, reading in zip(drawings, readings, strict=True):
        text = reading.text.replace(" ", "").rstrip("分.'").translate(FIGURES_OF_SCORES)
        is_cross = drawing.fit.shape is Shape.CROSS
        needed = MIN_DIGIT_OVER_CROSS if is_cross else MIN_SCORE_CONFIDENCE
        if SCORE.fullmatch(text) and reading.confidence >= needed:
            whole = Reading(text, reading.confidence)
            # What was stripped, as 分, is no digit.
            is_bare = len(reading.text.replace(" ", "")) == len(text)
            inks = _digits(drawing, text) if is_bare else []
            score = digit_by_digit(reader, inks, whole) if reader else whole
            marks.append(_mark(MarkKind.SCORE, drawing, score.confidence, score.text))
        elif is_cross:
            marks.append(_shape_mark(drawing))
    return marks


def _digits(drawing: Drawing, text: str) -> list[Grey]:
    """The ink of each digit of a score, where it has nothing else and they stand apart."""
    if not text.isdecimal():
        return []
    if len(text) == 1:
        return [drawing.darkness]
    edges = np.diff(drawing.mask.any(axis=0).astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if len(starts) != len(text):
        return []
    return [drawing.darkness[:, a:b] for a, b in zip(starts, stops, strict=True)]


def _as_print(drawing: Drawing) -> Rgb:
    """The drawing alone, black on white, with the border that recognisers know."""
    border = max(4, round(0.2 * drawing.box[3]))
    grey = cv2.copyMakeBorder(
        255 - drawing.darkness, border, border, border, border, cv2.BORDER_CONSTANT, value=255
    )
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
