"""Pen marks are found by colour and told by shape; coloured print is not taken for them."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ocr.domain.ink.page_ink import page_ink
from services.ocr.domain.ink.stroke_shapes import Shape, classify
from services.ocr.domain.text.ctc import Reading
from services.ocr.steps.mark_reading import read_marks
from shared.contract.reading import MarkKind, PenMark, TextLine
from tests.unit.ocr.drawn_pages import paper, write
from tests.unit.ocr.told_digits import sure_digit
from tests.unit.ocr.told_reader import ToldReader

RED, BLUE, PINK = (205, 35, 45), (40, 60, 190), (250, 190, 195)


class DigitReader(ToldReader):
    """Reads drawings as one text, then their digits, each by its classifier."""

    def __init__(self, text: str, *digits: str) -> None:
        super().__init__(Reading(text, 0.9))
        self._digits = [sure_digit(text, digit) for digit in digits]
        self._is_first = True

    def recognise(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        if self._is_first:
            self._is_first = False
            return super().recognise(crops)
        return [self._digits.pop(0) for _ in crops]


def strokes(image: np.ndarray, colour: tuple[int, ...], *lines: list[tuple[float, float]]) -> None:
    for line in lines:
        points = np.round(np.array(line)).astype(np.int32)
        cv2.polylines(image, [points], False, colour, 4, cv2.LINE_AA)


def tick(image: np.ndarray, x: int, y: int, size: int, colour: tuple[int, ...] = RED) -> None:
    strokes(image, colour, [(x, y + 0.5 * size), (x + 0.3 * size, y + size), (x + size, y)])


def half_tick(image: np.ndarray, x: int, y: int, size: int) -> None:
    tick(image, x, y, size)
    strokes(image, RED, [(x + 0.5 * size, y + 0.2 * size), (x + 0.85 * size, y + 0.6 * size)])


def cross(image: np.ndarray, x: int, y: int, size: int, colour: tuple[int, ...] = RED) -> None:
    strokes(image, colour, [(x, y), (x + size, y + size)], [(x + size, y), (x, y + size)])


def printed_page() -> np.ndarray:
    """Black text, a pink card, a red bar and a red printed heading."""
    image = paper()
    for row in range(8):
        write(image, "What is the sum of these numbers?", (80, 120 + 80 * row), 0.9)
    image[700:860, 60:600] = np.minimum(image[700:860, 60:600], PINK)
    cv2.rectangle(image, (700, 700), (1100, 760), RED, -1)
    for index, letter in enumerate("FULLMARKSHERE"):
        cv2.putText(
            image,
            letter,
            (640 + 26 * index, 60),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.9,
            RED,
            2,
            cv2.LINE_AA,
        )
    return image


def marks(
    image: np.ndarray, text: str = "", reader: ToldReader | None = None
) -> tuple[PenMark, ...]:
    line = TextLine(text="What is the sum", bbox=(80, 95, 500, 30))
    return read_marks(reader or ToldReader(Reading(text, 0.9)), image, page_ink(image), (line,))


def test_coloured_print_alone_has_no_marks() -> None:
    assert marks(printed_page(), text="7") == ()


@pytest.mark.parametrize("size", [26, 40, 70])
@pytest.mark.parametrize(
    ("draw", "kind"),
    [(tick, MarkKind.TICK), (half_tick, MarkKind.HALF_TICK), (cross, MarkKind.CROSS)],
)
def test_marks_are_told_apart_at_any_size(draw, kind: MarkKind, size: int) -> None:  # noqa: ANN001
    image = printed_page()
    draw(image, 800, 300, size)
    (mark,) = marks(image)
    assert (mark.kind, mark.colour) == (kind, "red")
    x, y, width, height = mark.bbox
    assert abs(x + width / 2 - 800 - size / 2) < 0.2 * size
    assert abs(y + height / 2 - 300 - size / 2) < 0.2 * size


def test_blue_marks_say_that_they_are_blue() -> None:
    image = printed_page()
    cross(image, 800, 300, 40, BLUE)
    (mark,) = marks(image)
    assert (mark.kind, mark.colour) == (MarkKind.CROSS, "blue")


def test_marks_over_black_print_and_on_a_pink_card_are_found() -> None:
    image = printed_page()
    tick(image, 300, 160, 60)
    cross(image, 300, 750, 50)
    assert [mark.kind for mark in marks(image)] == [MarkKind.TICK, MarkKind.CROSS]


def test_marks_in_a_row_of_table_cells_are_no_printed_line() -> None:
    image = printed_page()
    for index in range(8):
        tick(image, 300 + 70 * index, 300, 36)
    assert len(marks(image)) == 8


def test_dull_and_uneven_light_does_not_hide_marks() -> None:
    image = printed_page()
    tick(image, 800, 300, 50)
    light = np.linspace(1.0, 0.6, image.shape[1])[None, :, None]
    assert [mark.kind for mark in marks((image * light).astype(np.uint8))] == [MarkKind.TICK]


@pytest.mark.parametrize(
    ("text", "score"), [("12", "12"), ("8分", "8"), ("-3", "-3"), ("l0", "10")]
)
def test_a_written_number_is_a_score(text: str, score: str) -> None:
    image = printed_page()
    cv2.putText(image, "12", (800, 350), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2, RED, 4, cv2.LINE_AA)
    (mark,) = marks(image, text)
    assert (mark.kind, mark.text) == (MarkKind.SCORE, score)


def test_the_digits_of_a_score_are_told_one_by_one() -> None:
    image = printed_page()
    cv2.putText(image, "17", (800, 350), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2, RED, 4, cv2.LINE_AA)
    (mark,) = marks(image, reader=DigitReader("11", "1", "7"))
    assert (mark.kind, mark.text) == (MarkKind.SCORE, "17")


def test_what_reads_as_no_number_is_no_score() -> None:
    image = printed_page()
    cv2.putText(image, "ok", (800, 350), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2, RED, 4, cv2.LINE_AA)
    assert marks(image, "好") == ()


def test_a_ring_around_print_is_a_circle_and_a_line_through_it_a_strike() -> None:
    image = printed_page()
    cv2.ellipse(image, (100, 270), (42, 30), 0, 0, 350, RED, 4, cv2.LINE_AA)
    strokes(image, RED, [(300, 428), (520, 434)])
    kinds = [mark.kind for mark in marks(image)]
    assert kinds == [MarkKind.CIRCLE, MarkKind.STRIKE]


def test_a_ring_with_a_gap_is_a_circle() -> None:
    image = printed_page()
    cv2.ellipse(image, (100, 270), (42, 30), 0, 20, 345, RED, 4, cv2.LINE_AA)
    cv2.ellipse(image, (100, 270), (42, 30), 0, 100, 112, (250, 250, 250), 6, cv2.LINE_AA)
    assert [mark.kind for mark in marks(image)] == [MarkKind.CIRCLE]


def test_a_small_ring_around_a_letter_is_no_zero() -> None:
    image = printed_page()
    image[230:310, 50:150] = 250
    cv2.putText(image, "B", (95, 275), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 2, cv2.LINE_AA)
    cv2.ellipse(image, (100, 270), (15, 14), 0, 0, 360, BLUE, 2, cv2.LINE_AA)
    assert [mark.kind for mark in marks(image, "0")] == [MarkKind.CIRCLE]


def test_a_word_in_blue_is_no_strike() -> None:
    image = printed_page()
    image[400:470, 280:560] = 250
    cv2.putText(
        image, "mmmmnnmm", (300, 440), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 0.9, BLUE, 2, cv2.LINE_AA
    )
    cv2.line(image, (290, 436), (470, 436), (20, 20, 20), 2)
    assert MarkKind.STRIKE not in {mark.kind for mark in marks(image)}


def test_an_underline_is_no_strike() -> None:
    image = printed_page()
    strokes(image, RED, [(300, 452), (520, 454)])
    assert marks(image) == ()


@settings(max_examples=60)
@given(
    st.floats(20, 120),
    st.floats(0.1, 0.35),
    st.floats(0.35, 0.75),
    st.floats(0.6, 1.3),
    st.floats(0.05, 0.1),
)
def test_ticks_of_many_hands_are_ticks(
    size: float, corner: float, start: float, slant: float, width: float
) -> None:
    canvas = np.zeros((400, 400), np.uint8)
    points = [
        (100, 100 + start * size),
        (100 + corner * size, 100 + size),
        (100 + slant * size, 100),
    ]
    cv2.polylines(
        canvas, [np.round(points).astype(np.int32)], False, 255, max(2, round(width * size))
    )
    rows, columns = np.nonzero(canvas)
    crop = canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert classify(crop).shape is Shape.TICK
