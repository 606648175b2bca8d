"""Ticks over several lines are found whole, however print cuts them; other red lines are none."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.ocr.domain.drawings.long_ticks import find_long_ticks, without_ticks
from services.ocr.steps.mark_reading import read_marks
from shared.contract.reading import InkColour, MarkKind
from tests.unit.ocr.drawn_places import EM, ink_of, letter, page, text_line

PALE_RED = (226, 150, 160)
Points = list[tuple[float, float]]


def drawn(points: Points, colour: tuple[int, ...] = PALE_RED, thickness: int = 2) -> np.ndarray:
    image = page()
    for y in range(60, 460, 60):
        letter(image, "BEHKMNRWX BEHKMNRWX", 100, y)
    return with_stroke(image, points, colour, thickness)


def with_stroke(
    image: np.ndarray, points: Points, colour: tuple[int, ...] = PALE_RED, thickness: int = 2
) -> np.ndarray:
    """A stroke below the print: where they cross the ink is black."""
    over = np.full_like(image, 255)
    path = np.round(np.array(points)).astype(np.int32)
    cv2.polylines(over, [path], False, colour, thickness, cv2.LINE_AA)
    return np.minimum(image, over)


def tick(x: float, y: float, size: float, hook: float = 0.2, bow: float = 0.1) -> Points:
    """A tick whose corner is at (x, y) and whose long arm is ``size`` long."""
    across = np.linspace(0, 1, 20)
    arm = [(x + size * 0.85 * s, y - size * (0.5 * s + bow * s * (1 - s))) for s in across]
    return [(x - 0.2 * hook * size, y - hook * size), *arm]


@given(st.floats(2.5, 9), st.floats(0.2, 0.4), st.floats(-0.15, 0.3))
@example(8.6875, 0.25, 0.125)
@settings(max_examples=60, deadline=None)
def test_a_pale_thin_tick_across_print_is_one_tick(size: float, hook: float, bow: float) -> None:
    image = drawn(tick(260, 330, size * EM, hook, bow))
    (found,) = find_long_ticks(ink_of(image).reddish, EM)
    x, y, width, height = found.box
    # Letters may hide the end of an arm.
    assert y + height == pytest.approx(331, abs=0.6 * EM)
    assert 0.6 <= (x + width - 260) / (0.85 * size * EM) <= 1.1


@pytest.mark.parametrize(
    "points",
    [
        [(200, 300), (420, 300)],
        [(200, 300), (420, 250)],
        [(200, 200), (420, 330)],
        [(200, 400), (215, 100)],
    ],
    ids=["level", "rising without a hook", "falling", "upright"],
)
def test_straight_red_lines_are_no_ticks(points: Points) -> None:
    assert find_long_ticks(ink_of(drawn(points)).reddish, EM) == []


def test_among_ticks_one_whose_hook_is_hidden_counts_too() -> None:
    image = drawn(tick(150, 200, 130))
    image = with_stroke(image, tick(450, 300, 150))
    image = with_stroke(image, tick(200, 430, 140)[1:])
    assert len(find_long_ticks(ink_of(image).reddish, EM)) == 3


def test_a_black_or_blue_stroke_is_no_teachers_tick() -> None:
    for colour in ((30, 30, 30), (60, 80, 190)):
        assert find_long_ticks(ink_of(drawn(tick(260, 330, 150), colour)).reddish, EM) == []


def test_a_printed_red_area_is_no_tick() -> None:
    image = page()
    cv2.fillConvexPoly(image, np.array([(200, 300), (220, 330), (420, 200)]), (230, 120, 130))
    assert find_long_ticks(ink_of(image).reddish, EM) == []


def test_pieces_of_a_tick_are_no_marks_of_their_own() -> None:
    image = drawn(tick(260, 330, 200), (205, 35, 45), 3)
    ink = ink_of(image)
    rest = without_ticks(ink, find_long_ticks(ink.reddish, EM))
    assert np.count_nonzero(rest.red) < 0.15 * np.count_nonzero(ink.red)
    lines = tuple(text_line("BEHKMNRWXBEHKMNRWX", (100, y - 30, 400, 40)) for y in (140, 180))
    (mark,) = read_marks(None, image, ink, lines)
    assert (mark.kind, mark.colour) == (MarkKind.TICK, InkColour.RED)
