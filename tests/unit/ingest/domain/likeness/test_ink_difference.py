"""Small letters of one pen in one place nearly cover each other; they are different ink."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from services.ingest.domain.likeness.ink_difference import is_same_ink
from services.ingest.domain.raster import Grey


def line_with(answer: str, *, grey: int, size: int, pen: int) -> Grey:
    """Ink of a printed question and its ruled line, with one written letter above the line."""
    page = Image.new("L", (240, 140), 255)
    draw = ImageDraw.Draw(page)
    draw.text((20, 20), "4. Which one holds?", 0, font=ImageFont.load_default(size=20))
    hand = ImageFont.load_default(size=size)
    draw.text((150, 70), answer, grey, font=hand, stroke_width=pen, stroke_fill=grey)
    draw.line((20, 72 + size, 220, 72 + size), 0, 2)
    ink: Grey = 255 - np.asarray(page)
    return ink


def rescanned(ink: Grey) -> Grey:
    """The same ink a third of a pixel aside, less sharp and with a grain."""
    matrix = np.array([[1, 0, 0.33], [0, 1, -0.25]], np.float32)
    moved = cv2.GaussianBlur(cv2.warpAffine(ink, matrix, ink.shape[::-1]), (0, 0), 0.6)
    grain = np.random.default_rng(1).normal(0, 4, ink.shape)
    return np.clip(moved + grain, 0, 255).astype(np.uint8)


#: Two letters, how they are written.
PAIRS = {
    "a small A and B": ("A", "B", {"grey": 110, "size": 14, "pen": 1}),
    "a thick pale 2 and 8": ("2", "8", {"grey": 130, "size": 16, "pen": 1}),
    "a thick pale 3 and 8": ("3", "8", {"grey": 120, "size": 20, "pen": 1}),
    "a thick pale P and R": ("P", "R", {"grey": 150, "size": 20, "pen": 1}),
    "a thin C and G": ("C", "G", {"grey": 80, "size": 20, "pen": 0}),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_small_letters_that_nearly_cover_each_other_differ(pair: str) -> None:
    one, other, manner = PAIRS[pair]
    first = line_with(one, **manner)
    for second in (line_with(other, **manner), rescanned(line_with(other, **manner))):
        assert not is_same_ink(first, second)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_small_letter_scanned_again_is_the_same(pair: str) -> None:
    for letter in PAIRS[pair][:2]:
        first = line_with(letter, **PAIRS[pair][2])
        assert is_same_ink(first, rescanned(first))
