"""What a pen put on a page besides answers: shapes by geometry, scores by the recogniser."""

import re

import cv2
import numpy as np

from services.ocr.adapters.reader import TextReader
from services.ocr.domain.page_ink import page_ink
from services.ocr.domain.pen_marks import Drawing, find_drawings, is_strike
from services.ocr.domain.raster import Rgb
from services.ocr.domain.stroke_shapes import Shape
from shared.contract.reading import MarkKind, PenMark, TextLine

KINDS = {
    Shape.TICK: MarkKind.TICK,
    Shape.BARRED_TICK: MarkKind.HALF_TICK,
    Shape.CROSS: MarkKind.CROSS,
    Shape.RING: MarkKind.CIRCLE,
}
#: Points as teachers write them: 8, 12.5, +2, -3.
SCORE = re.compile(r"[+\-−–]?\d{1,3}(\.5|½)?")
#: Letters that recognisers give for lone handwritten digits.
LOOKALIKES = str.maketrans("OoQlI|zZSsBqg−–", "000111225589" + "9--")
MIN_SCORE_CONFIDENCE = 0.55
DEFAULT_TEXT_HEIGHT_SHARE = 0.014


def read_marks(
    reader: TextReader | None, image: Rgb, lines: tuple[TextLine, ...]
) -> tuple[PenMark, ...]:
    """Marks in coloured ink, from top to bottom. Without a ``reader`` no scores are read."""
    ink = page_ink(image)
    text_height = _text_height(image, lines)
    drawings = find_drawings(image, ink, text_height)
    is_shape = [d.fit.shape in KINDS and not _is_zero(d, text_height) for d in drawings]
    marks = [_shape_mark(d) for d, is_known in zip(drawings, is_shape, strict=True) if is_known]
    marks += [
        _mark(MarkKind.STRIKE, drawing, drawing.fit.quality)
        for drawing in drawings
        if is_strike(drawing, ink.black, text_height)
    ]
    if reader is not None:
        rest = [
            d
            for d, is_known in zip(drawings, is_shape, strict=True)
            if not is_known and d.fit.shape is not Shape.LINE
        ]
        marks += _scores(reader, rest)
    return tuple(sorted(marks, key=lambda mark: (mark.bbox[1], mark.bbox[0])))


def _text_height(image: Rgb, lines: tuple[TextLine, ...]) -> float:
    heights = [min(line.bbox[2:]) for line in lines if len(line.text) > 3]
    if not heights:
        return DEFAULT_TEXT_HEIGHT_SHARE * float(max(image.shape))
    return float(np.median(heights)) * 0.75


def _is_zero(drawing: Drawing, text_height: float) -> bool:
    """Whether a ring is small enough to be a written 0."""
    return drawing.fit.shape is Shape.RING and max(drawing.box[2:]) < 1.6 * text_height


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


def _scores(reader: TextReader, drawings: list[Drawing]) -> list[PenMark]:
    """Drawings that read as a number of points."""
    readings = reader.recognise([_as_print(drawing) for drawing in drawings])
    marks = []
    for drawing, reading in zip(drawings, readings, strict=True):
        text = reading.text.replace(" ", "").rstrip("分.'").translate(LOOKALIKES)
        if SCORE.fullmatch(text) and reading.confidence >= MIN_SCORE_CONFIDENCE:
            marks.append(_mark(MarkKind.SCORE, drawing, reading.confidence, text))
    return marks


def _as_print(drawing: Drawing) -> Rgb:
    """The drawing alone, black on white, with the border that recognisers know."""
    border = max(4, round(0.2 * drawing.box[3]))
    grey = cv2.copyMakeBorder(
        255 - drawing.darkness, border, border, border, border, cv2.BORDER_CONSTANT, value=255
    )
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
