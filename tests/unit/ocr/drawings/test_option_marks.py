"""What pens did to labels of options is told by the shipped classifier."""

from functools import cache

import cv2
import numpy as np
import pytest

from services.ocr.adapters.label_weights import read_classifier
from services.ocr.domain.drawings.label_classifier import LabelClassifier, LabelLook
from services.ocr.domain.drawings.label_state import STATES, LabelState
from services.ocr.domain.drawings.label_views import VIEW_PX, label_views
from services.ocr.domain.drawings.option_labels import OptionLabel
from services.ocr.domain.drawings.option_marks import OptionMark, option_marks, unmarked
from tests.unit.ocr.drawn_places import (
    BLACK,
    BLUE,
    EM,
    GREY,
    RED,
    ink_of,
    letter,
    page,
    stroke,
)

LABEL = OptionLabel(210.0, 100.0, 200.0, is_read=True)
TICK = [(180, 96), (192, 114), (222, 74)]


@cache
def classifier() -> LabelClassifier:
    return read_classifier()


def option(label: str = "B. word") -> np.ndarray:
    """A page with one option whose label's middle is at (210, 100)."""
    image = page()
    letter(image, label, 200, 111)
    return image


def ring(image: np.ndarray, colour: tuple[int, ...] = BLACK) -> None:
    cv2.ellipse(image, (210, 100), (26, 24), 0, 10, 365, colour, 2, cv2.LINE_AA)


def looks_at(image: np.ndarray) -> tuple[LabelLook, ...]:
    return classifier().look(ink_of(image), [LABEL], EM)


def marks_on(image: np.ndarray) -> list[OptionMark]:
    return option_marks(looks_at(image), EM)


def states_on(image: np.ndarray) -> list[LabelState]:
    return [mark.state for mark in marks_on(image)]


@pytest.mark.parametrize("colour", [BLACK, BLUE, GREY])
def test_a_tick_into_a_label_is_told(colour: tuple[int, ...]) -> None:
    image = option()
    stroke(image, TICK, colour)
    assert states_on(image) == [LabelState.TICK]


@pytest.mark.parametrize("colour", [BLACK, BLUE, GREY])
def test_a_ring_around_a_label_is_told(colour: tuple[int, ...]) -> None:
    image = option()
    ring(image, colour)
    assert states_on(image) == [LabelState.RING]


def test_a_ring_that_the_text_touches_is_told() -> None:
    image = option("B/word")
    cv2.ellipse(image, (208, 100), (26, 24), 0, 10, 350, BLACK, 2, cv2.LINE_AA)
    assert states_on(image) == [LabelState.RING]


def test_a_stroke_through_a_label_crosses_it_out() -> None:
    image = option()
    stroke(image, [(192, 84), (230, 118)])
    assert states_on(image) == [LabelState.STRUCK]


def test_a_ring_with_a_stroke_is_cancelled() -> None:
    image = option()
    ring(image)
    stroke(image, [(186, 80), (234, 122)])
    assert states_on(image) == [LabelState.CANCELLED]


def test_a_mark_lies_at_its_label() -> None:
    image = option()
    ring(image)
    (mark,) = marks_on(image)
    x, y, width, height = mark.box
    assert (x + width / 2, y + height / 2) == pytest.approx((210, 100), abs=1)


@pytest.mark.parametrize("label", ["A. word", "(A) word", "D. /", "E. W", "H. X"])
def test_print_alone_is_no_mark(label: str) -> None:
    assert marks_on(option(label)) == []


def test_a_ring_around_the_next_option_is_no_mark_of_this_one() -> None:
    image = option()
    letter(image, "C. word", 200, 156)
    cv2.ellipse(image, (210, 145), (26, 22), 0, 10, 365, BLACK, 2, cv2.LINE_AA)
    assert marks_on(image) == []


def test_red_ink_at_a_label_is_the_teachers() -> None:
    image = option()
    stroke(image, TICK, RED)
    assert marks_on(image) == []


def test_a_label_beside_which_is_only_paper_is_surely_unmarked() -> None:
    assert len(unmarked(looks_at(option()), EM)) == 1


def test_a_label_with_any_mark_is_not_unmarked() -> None:
    ticked, ringed = option(), option("B")
    stroke(ticked, TICK)
    ring(ringed)
    assert unmarked(looks_at(ticked), EM) == []
    assert unmarked(looks_at(ringed), EM) == []


def look(label: OptionLabel = LABEL, **shares: float) -> LabelLook:
    return LabelLook(label, tuple(shares.get(state.value, 0.0) for state in STATES))


def test_only_a_clear_state_is_sure() -> None:
    (sure,) = option_marks([look(ring=0.6, tick=0.39, none=0.01)], EM)
    (doubtful,) = option_marks([look(ring=0.9, none=0.1)], EM)
    assert sure.certainty >= 0.8 > doubtful.certainty


@pytest.mark.parametrize("state", ["filled", "underline"])
def test_what_may_mean_something_else_is_never_sure(state: str) -> None:
    """A blot may cross out, and a line may be printed."""
    (mark,) = option_marks([look(**{state: 1.0})], EM)
    assert mark.certainty < 0.8


def test_what_only_may_be_a_label_is_never_told_to_be_unmarked() -> None:
    lost = OptionLabel(210.0, 100.0, 200.0, is_read=False)
    assert unmarked([look(lost, none=1.0)], EM) == []


def test_outside_of_the_page_is_paper() -> None:
    views = label_views(ink_of(page()), [OptionLabel(2.0, 2.0, 0.0, is_read=True)], EM)
    assert views.shape == (1, 2, VIEW_PX, VIEW_PX)
    assert views.max() == 0
