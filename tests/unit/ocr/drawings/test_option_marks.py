"""Options that a black pen chose are told by strokes that printed labels do not have."""

import cv2
import numpy as np
import pytest

from services.ocr.domain.drawings.option_marks import OptionMark, option_marks, unmarked
from services.ocr.domain.ink.stroke_shapes import Shape
from services.ocr.domain.places.page_characters import OptionLabel, option_labels
from tests.unit.ocr.drawn_places import (
    BLACK,
    BLUE,
    EM,
    RED,
    ink_of,
    letter,
    page,
    stroke,
    text_line,
)

LABEL = OptionLabel(210.0, 100.0, 200.0, is_read=True)


def option(label: str = "B. word") -> np.ndarray:
    """A page with one option whose label's middle is at (210, 100)."""
    image = page()
    letter(image, label, 200, 111)
    return image


def marks_on(image: np.ndarray) -> list[OptionMark]:
    return option_marks(ink_of(image), [LABEL], EM)


def test_a_tick_into_a_label_is_found() -> None:
    image = option()
    stroke(image, [(180, 96), (192, 114), (222, 74)])
    (mark,) = marks_on(image)
    assert mark.shape is Shape.TICK
    assert mark.box[0] <= 192
    assert mark.box[1] == pytest.approx(74, abs=4)


def test_a_ring_around_a_label_is_found() -> None:
    image = option("B")
    cv2.ellipse(image, (210, 100), (26, 24), 0, 10, 365, BLACK, 2, cv2.LINE_AA)
    (mark,) = marks_on(image)
    assert mark.shape is Shape.RING
    x, y, width, height = mark.box
    assert (x + width / 2, y + height / 2) == pytest.approx((210, 100), abs=8)


def test_a_ring_that_the_text_touches_is_found() -> None:
    image = option("B/word")
    cv2.ellipse(image, (208, 100), (26, 24), 0, 10, 350, BLACK, 2, cv2.LINE_AA)
    assert [mark.shape for mark in marks_on(image)] == [Shape.RING]


@pytest.mark.parametrize("label", ["A. word", "(A) word", "D. /", "M. W", "N. X"])
def test_print_alone_is_no_mark(label: str) -> None:
    assert marks_on(option(label)) == []


def test_a_line_of_a_figure_is_no_tick() -> None:
    image = option()
    cv2.line(image, (80, 230), (330, 10), BLACK, 2)
    assert marks_on(image) == []


def test_a_mark_that_is_found_from_two_labels_counts_once() -> None:
    image = option()
    stroke(image, [(180, 96), (192, 114), (222, 74)])
    beside = OptionLabel(212.0, 101.0, 202.0, is_read=True)
    found = option_marks(ink_of(image), [LABEL, beside], EM)
    assert len(found) == 1


def test_labels_are_letters_with_their_signs_and_what_begins_a_line() -> None:
    lines = [
        text_line("A. one (B) two", (100, 80, 140, 40)),
        text_line("?. three", (100, 160, 80, 40)),
    ]
    found = [(round(label.x), round(label.left), label.is_read) for label in option_labels(lines)]
    assert found == [(105, 100, True), (185, 170, True), (105, 100, False)]


def test_a_label_whose_bracket_a_tick_hides_is_a_label() -> None:
    line = text_line("VB)word", (200, 80, 140, 40))
    assert line.chars[1].bbox[0] + line.chars[1].bbox[2] / 2 in {
        label.x for label in option_labels([line])
    }


def test_what_is_left_of_a_blue_tick_over_a_label_is_a_mark() -> None:
    image = option("(B) word")
    stroke(image, [(192, 108), (197, 114), (206, 99)], BLUE)
    (mark,) = marks_on(image)
    assert mark.box[0] == pytest.approx(191, abs=3)


def test_red_ink_at_a_label_is_the_teachers() -> None:
    image = option()
    stroke(image, [(180, 96), (192, 114), (222, 74)], RED)
    assert marks_on(image) == []
    assert len(unmarked(ink_of(image), [LABEL], EM)) == 1


def test_a_label_beside_which_is_only_paper_is_surely_unmarked() -> None:
    assert len(unmarked(ink_of(option()), [LABEL], EM)) == 1


def test_a_label_with_any_mark_is_not_unmarked() -> None:
    ticked, ringed = option(), option("B")
    stroke(ticked, [(180, 96), (192, 114), (222, 74)])
    cv2.ellipse(ringed, (210, 100), (26, 24), 0, 10, 365, BLACK, 2, cv2.LINE_AA)
    assert unmarked(ink_of(ticked), [LABEL], EM) == []
    assert unmarked(ink_of(ringed), [LABEL], EM) == []
