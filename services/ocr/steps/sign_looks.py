"""Reads single signs at the ends of rows that were no lines to the detector."""

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Quad, Rgb
from services.ocr.domain.text.missed_signs import MIN_CONFIDENCE, SIGN, missed_boxes
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.steps.line_reading import read_lines
from shared.contract.reading import TextLine

#: Paper around a sign that the recogniser sees with it, in heights of a Chinese character.
MARGIN_EM = 0.2


def with_missed_signs(
    reader: TextReader, image: Rgb, ink: PageInk, lines: tuple[TextLine, ...], em_px: float
) -> tuple[TextLine, ...]:
    """``lines`` and those of letters and signs of answers that stand alone behind them."""
    margin = MARGIN_EM * em_px
    pen = cv2.subtract(ink.any, ink.red)
    quads = [_quad(box, margin) for box in missed_boxes(pen, lines, em_px)]
    found = read_lines(reader, image, quads) if quads else ()
    return (
        *lines,
        *(
            line
            for line in found
            if line.confidence >= MIN_CONFIDENCE and SIGN.fullmatch(line.text.strip())
        ),
    )


def _quad(box: tuple[int, int, int, int], margin: float) -> Quad:
    x, y, width, height = box
    left, top = max(0.0, x - margin), max(0.0, y - margin)
    right, bottom = x + width + margin, y + height + margin
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
