"""Options that a black pen chose are told by strokes that printed labels do not have."""

import cv2
import numpy as np
import pytest
from places import BLACK, EM, ink_of, letter, page, stroke, text_line

from services.ocr.domain.option_marks import OptionMark, option_marks
from services.ocr.domain.page_characters import option_labels
from services.ocr.domain.stroke_shapes import Shape


def option(label: str = "B. word") -> np.ndarray:
    """A page with one option whose label's middle is at (210, 100)."""
    image = page()
    letter(image, label, 200, 111)
    return image


def marks_on(image: np.ndarray) -> list[OptionMark]:
    return option_marks(ink_of(image).black, [(210.0, 100.0)], EM)


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
    assert mark.box[2] == pytest.approx(54, abs=5)


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
    found = option_marks(ink_of(image).black, [(210.0, 100.0), (212.0, 101.0)], EM)
    assert len(found) == 1


def test_labels_are_letters_with_their_signs_and_what_begins_a_line() -> None:
    lines = [
        text_line("A. one (B) two", (100, 80, 140, 40)),
        text_line("?. three", (100, 160, 80, 40)),
    ]
    assert [round(x) for x, _ in option_labels(lines)] == [105, 185, 105]


def test_a_label_whose_bracket_a_tick_hides_is_a_label() -> None:
    line = text_line("VB)word", (200, 80, 140, 40))
    assert line.chars[1].bbox[0] + line.chars[1].bbox[2] / 2 in {
        x for x, _ in option_labels([line])
    }
