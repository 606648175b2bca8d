"""A number in white on a dark label is found as ink and put before its line."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from services.ocr.domain.numbers.number_labels import INSETS, find_labels, inside
from services.ocr.steps.number_label_reading import read_number_labels
from shared.contract.reading import TextLine
from tests.unit.ocr.drawn_places import BLACK, EM, ink_of, letter, page, text_line
from tests.unit.ocr.told_reader import ScriptedReader

Draw = Callable[[np.ndarray, int, int, str], None]
WHITE = (250, 250, 250)


def square(image: np.ndarray, x: int, y: int, number: str) -> None:
    width = 30 if len(number) == 1 else 46
    cv2.rectangle(image, (x, y - 15), (x + width, y + 15), BLACK, cv2.FILLED)
    cv2.putText(image, number, (x + 6, y + 9), cv2.FONT_HERSHEY_SIMPLEX, 0.8, WHITE, 2, cv2.LINE_AA)


def disc(image: np.ndarray, x: int, y: int, number: str) -> None:
    cv2.circle(image, (x + 15, y), 15, BLACK, cv2.FILLED, cv2.LINE_AA)
    cv2.putText(image, number, (x + 8, y + 8), cv2.FONT_HERSHEY_SIMPLEX, 0.7, WHITE, 2, cv2.LINE_AA)


def rows(image: np.ndarray, *numbers: str, drift: int = 0, draw: Draw = square) -> list[TextLine]:
    """Text behind a label in each row; the labels were not read."""
    lines = []
    for at, number in enumerate(numbers):
        y = 60 + 80 * at
        draw(image, 100 - drift * at, y, number)
        letter(image, "NNNN", 170, y + 11)
        lines.append(text_line("NNNN", (170, y - 15, 100, 30)))
    return lines


def texts(lines: list[TextLine], image: np.ndarray, *said: str) -> list[str]:
    read = read_number_labels(ScriptedReader.of(*said), lines, ink_of(image).darkness, EM)
    return [line.text for line in read]


@pytest.mark.parametrize("draw", [square, disc])
def test_numbers_on_dark_labels_stand_before_their_lines(draw: Draw) -> None:
    image = page()
    lines = rows(image, "8", "9", "7" if draw is disc else "10", draw=draw)
    assert texts(lines, image, "8", "9", "10") == ["8.NNNN", "9.NNNN", "10.NNNN"]


def test_a_label_that_was_not_read_takes_the_number_of_its_place_less_surely() -> None:
    image = page()
    lines = rows(image, "8", "9", "10", drift=30)
    read = read_number_labels(ScriptedReader.of("8", "", "10"), lines, ink_of(image).darkness, EM)
    assert [line.text[:2] for line in read] == ["8.", "9.", "10"]
    assert read[1].chars[0].confidence < read[0].chars[0].confidence


def test_one_dark_picture_is_no_number() -> None:
    image = page()
    lines = rows(image, "98")
    assert texts(lines, image, "98") == ["NNNN"]


def test_labels_that_do_not_count_up_are_no_numbers() -> None:
    image = page()
    lines = rows(image, "8", "3", "5")
    assert texts(lines, image, "8", "3", "5") == ["NNNN", "NNNN", "NNNN"]


def test_rings_and_frames_are_no_labels() -> None:
    image = page()
    lines = [text_line("NNNN", (170, 45 + 80 * at, 100, 30)) for at in range(2)]
    cv2.circle(image, (120, 60), 15, BLACK, 2, cv2.LINE_AA)
    cv2.rectangle(image, (105, 125), (135, 155), BLACK, 3)
    assert find_labels(lines, ink_of(image).darkness, EM) == []


def test_a_figure_of_a_label_that_was_read_goes_with_it() -> None:
    image = page()
    lines = rows(image, "8", "9")
    lines[1] = text_line("9NNNN", (110, 125, 160, 30))
    assert texts(lines, image, "8", "9") == ["8.NNNN", "9.NNNN"]


def test_a_label_is_shown_as_dark_figures_on_white() -> None:
    image = page()
    lines = rows(image, "8")
    (label,) = find_labels(lines, ink_of(image).darkness, EM)
    shown = inside(label, ink_of(image).darkness, INSETS[0])
    assert np.median(shown) > 240
    assert shown.min() < 40
