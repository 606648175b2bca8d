"""Draws answer places and writing for the tests of both."""

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk, page_ink
from services.ocr.domain.ink.raster import PixelBox
from shared.contract.reading import TextChar, TextLine

EM = 30
BLACK, GREY, BLUE, RED = (30, 30, 30), (120, 120, 124), (40, 60, 170), (205, 35, 45)

Image = np.ndarray


def page(width: int = 900, height: int = 500) -> Image:
    return np.full((height, width, 3), 250, np.uint8)


def bracket(image: Image, x: int, y: int, *, opens: bool) -> None:
    """A round bracket, 32 pixels high, whose box begins at ``x`` and is centred on ``y``."""
    centre = (x + 26, y) if opens else (x - 20, y)
    start, end = (150, 210) if opens else (-30, 30)
    cv2.ellipse(image, centre, (26, 32), 0, start, end, BLACK, 2, cv2.LINE_AA)


def brackets(image: Image, left: int, right: int, y: int) -> None:
    bracket(image, left, y, opens=True)
    bracket(image, right, y, opens=False)


def rule(image: Image, left: int, right: int, y: int) -> None:
    cv2.line(image, (left, y), (right, y), BLACK, 2)


def stroke(
    image: Image, points: list[tuple[float, float]], colour: tuple[int, ...] = BLACK
) -> None:
    drawn = np.round(np.array(points)).astype(np.int32)
    cv2.polylines(image, [drawn], False, colour, 3, cv2.LINE_AA)


def letter(image: Image, text: str, x: int, y: int, colour: tuple[int, ...] = BLACK) -> None:
    """``text`` with its baseline at ``y``, letters 22 pixels high."""
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, colour, 2, cv2.LINE_AA)


def tick(image: Image, x: int, y: int, colour: tuple[int, ...] = BLACK) -> None:
    stroke(image, [(x, y), (x + 7, y + 12), (x + 26, y - 12)], colour)


def ink_of(image: Image) -> PageInk:
    return page_ink(image)


def text_line(text: str, box: PixelBox, confidence: float = 0.99) -> TextLine:
    """A line whose characters share its width evenly."""
    x, y, width, height = box
    step = width / len(text)
    chars = tuple(
        TextChar(text=char, bbox=(x + n * step, y, step, height), confidence=confidence)
        for n, char in enumerate(text)
        if char.strip()
    )
    return TextLine(text=text, bbox=box, confidence=confidence, chars=chars)
