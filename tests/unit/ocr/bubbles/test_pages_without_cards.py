"""Other pages are no answer cards: options of questions, tables, rings, squares to write in."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from shared.contract.reading import TextChar, TextLine
from tests.unit.ocr.bubbles.drawn_cards import (
    Drawn,
)
from tests.unit.ocr.bubbles.read_cards import card_of
from tests.unit.ocr.drawn_pages import grid, keystone, paper, write


def _text(image: np.ndarray, text: str, at: tuple[int, int]) -> TextLine:
    write(image, text, at, 0.9)
    step = 18
    chars = tuple(
        TextChar(text=sign, bbox=(at[0] + n * step, at[1] - 24, step, 28))
        for n, sign in enumerate(text)
    )
    return TextLine(text=text, bbox=(at[0], at[1] - 24, step * len(text), 28), chars=chars)


def _options() -> Drawn:
    """Questions with options in brackets, as exercise papers have them."""
    image = paper()
    lines = []
    for row in range(6):
        y = 100 + 120 * row
        lines.append(_text(image, f"{row + 1}. Which one is the answer?", (60, y)))
        for column, label in enumerate("ABCD"):
            lines.append(
                _text(image, f"[{label}] is {row * 7 + column}", (90 + 270 * column, y + 50))
            )
    return Drawn(image, lines)


def _squares() -> Drawn:
    """Rows of squares to write characters in, with numbers before them."""
    image, lines = paper(), []
    for row in range(5):
        lines.append(_text(image, f"{row + 1}.", (60, 130 + 130 * row)))
        grid(image, (150, 90 + 130 * row), [70] * 8, [70])
    return Drawn(image, lines)


def _counted_rings() -> Drawn:
    """Rows of rings to count, each longer than the one before."""
    image, lines = paper(), []
    for row in range(6):
        lines.append(_text(image, f"{row + 1}.", (60, 130 + 110 * row)))
        for column in range(row + 2):
            cv2.circle(image, (180 + 90 * column, 120 + 110 * row), 26, (30, 30, 30), 2)
    return Drawn(image, lines)


def _sums() -> Drawn:
    """Sums with zeros in columns."""
    image, lines = paper(), []
    for row in range(7):
        for column in range(3):
            text = f"{row + 1}00+{column + 2}00="
            lines.append(_text(image, text, (60 + 380 * column, 100 + 100 * row)))
    return Drawn(image, lines)


def _answer_table() -> Drawn:
    """A ruled table of numbers and answers."""
    image, lines = paper(), []
    grid(image, (60, 100), [90] * 10, [70] * 4)
    for band in range(2):
        for column in range(10):
            x = 90 + 90 * column
            lines.append(_text(image, str(10 * band + column + 1), (x, 145 + 140 * band)))
            lines.append(_text(image, "ABCD"[column % 4], (x, 215 + 140 * band)))
    return Drawn(image, lines)


@pytest.mark.parametrize(
    "page",
    [_options, _squares, _counted_rings, _sums, _answer_table],
    ids=lambda page: page.__name__,
)
def test_other_pages_are_no_cards(page: Callable[[], Drawn]) -> None:
    assert card_of(page()) is None


def test_a_crossword_is_no_card() -> None:
    image = paper(900, 900)
    for row in range(8):
        for column in range(8):
            x, y = 80 + 90 * column, 80 + 90 * row
            is_black = (row * 3 + column * 5) % 7 == 0
            thickness = -1 if is_black else 2
            cv2.rectangle(image, (x, y), (x + 88, y + 88), (30, 30, 30), thickness)
    assert card_of(Drawn(keystone(image, 10), [])) is None
