"""Writing is taken out of its place whole, and nothing of the print with it."""

import cv2
import numpy as np
import pytest

from services.ocr.domain.ink.strikes import is_struck
from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind, find_places
from services.ocr.domain.places.bracket_search import Hint
from services.ocr.domain.places.place_views import View, show, show_repaired
from services.ocr.domain.places.place_writing import Writing, fills_room, stands_free, writing_at
from services.ocr.domain.places.rewriting import rewriting, widest_gap
from services.ocr.domain.text.ctc import Reading
from tests.unit.ocr.drawn_places import (
    BLACK,
    BLUE,
    EM,
    GREY,
    RED,
    bracket,
    brackets,
    ink_of,
    letter,
    page,
    rule,
    stroke,
    tick,
)


def place_on(image: np.ndarray) -> AnswerPlace:
    (place,) = find_places(ink_of(image), EM, (), (), ())
    return place


def written(image: np.ndarray) -> Writing | None:
    return writing_at(ink_of(image), place_on(image))


def in_brackets(text: str, colour: tuple[int, ...] = BLACK) -> np.ndarray:
    image = page()
    brackets(image, 200, 320, 100)
    letter(image, text, 240, 111, colour)
    return image


@pytest.mark.parametrize("colour", [BLACK, GREY, BLUE])
def test_writing_of_any_pen_is_found_without_its_brackets(colour: tuple[int, ...]) -> None:
    found = written(in_brackets("B", colour))
    assert found is not None
    x, y, width, height = found.box
    assert (x, y) == (pytest.approx(243, abs=4), pytest.approx(89, abs=4))
    assert (width, height) == (pytest.approx(15, abs=5), pytest.approx(23, abs=5))
    assert not found.is_red


def test_empty_brackets_hold_no_writing() -> None:
    image = page()
    brackets(image, 200, 320, 100)
    assert written(image) is None


def test_specks_are_no_writing() -> None:
    image = page()
    brackets(image, 200, 320, 100)
    for x in (240, 262, 290):
        cv2.circle(image, (x, 100 + x % 7), 1, BLACK, -1)
    assert written(image) is None


def test_the_line_below_is_no_writing() -> None:
    image = page()
    brackets(image, 200, 320, 100)
    letter(image, "ABCDEFGH", 190, 165)
    assert written(image) is None


def test_a_letter_whose_foot_runs_into_the_next_line_is_writing() -> None:
    image = in_brackets("")
    cv2.putText(image, "B", (246, 116), cv2.FONT_HERSHEY_SIMPLEX, 1.6, BLACK, 3, cv2.LINE_AA)
    cv2.line(image, (251, 60), (251, 168), BLACK, 3, cv2.LINE_AA)
    letter(image, "ABCDEFGH", 190, 170)
    found = written(image)
    assert found is not None
    x, y, width, height = found.box
    assert 236 <= x <= x + width <= 290
    assert y < 92
    assert y + height > 108


def test_a_rule_from_above_the_window_to_below_it_is_no_writing() -> None:
    image = page()
    brackets(image, 200, 320, 100)
    cv2.line(image, (260, 0), (260, 400), BLACK, 3)
    assert written(image) is None


def test_a_coloured_pen_across_a_bracket_is_told_from_it() -> None:
    image = page()
    brackets(image, 200, 320, 100)
    stroke(image, [(196, 112), (226, 86)], BLUE)
    stroke(image, [(198, 86), (228, 112)], BLUE)
    hint = Hint(203, 100, is_opening=True)
    (place,) = find_places(ink_of(image), EM, (), (hint,), ())
    found = writing_at(ink_of(image), place)
    assert found is not None
    assert found.box[0] == pytest.approx(196, abs=4)
    assert found.box[2] == pytest.approx(32, abs=6)


def test_red_beside_other_ink_is_left_out() -> None:
    image = in_brackets("C")
    tick(image, 290, 100, RED)
    found = written(image)
    assert found is not None
    assert found.box[0] + found.box[2] < 280


def test_red_alone_is_told() -> None:
    found = written(in_brackets("C", RED))
    assert found is not None
    assert found.is_red


def test_a_rule_goes_and_the_writing_on_it_stays_whole() -> None:
    """Descenders cross the rule, and letters that stand on it keep their feet."""
    image = page()
    rule(image, 200, 400, 120)
    letter(image, "buy", 260, 118)
    found = written(image)
    assert found is not None
    _, y, width, height = found.box
    assert width < 70
    assert y + height >= 124
    # Between the letters nothing of the rule is left.
    rest = np.count_nonzero(found.strokes[120 - y - 1 : 120 - y + 2].any(axis=0))
    assert rest < 0.75 * width


def test_a_decimal_point_near_the_rule_is_kept() -> None:
    image = page()
    rule(image, 200, 400, 124)
    letter(image, "8", 260, 114)
    cv2.circle(image, (290, 115), 2, BLACK, -1)
    letter(image, "4", 298, 114)
    found = written(image)
    assert found is not None
    assert len(found.blobs) == 3


def test_the_full_stop_after_a_blank_is_no_part_of_the_answer() -> None:
    image = page()
    rule(image, 200, 300, 124)
    letter(image, "27", 262, 114)
    cv2.circle(image, (306, 121), 2, BLACK, -1)
    found = written(image)
    assert found is not None
    assert found.box[0] + found.box[2] <= 301


def test_writing_from_bracket_to_bracket_may_be_print() -> None:
    image = page()
    brackets(image, 200, 254, 100)
    letter(image, "ab", 206, 111)
    place = place_on(image)
    found = writing_at(ink_of(image), place)
    assert found is not None
    assert fills_room(found, place, ink_of(image))
    wide = in_brackets("B")
    other = writing_at(ink_of(wide), place_on(wide))
    assert other is not None
    assert not fills_room(other, place_on(wide), ink_of(wide))


def test_rests_of_rules_in_a_cell_are_no_writing() -> None:
    image = page()
    cv2.rectangle(image, (200, 100), (280, 150), BLACK, 3)
    place = AnswerPlace(PlaceKind.CELL, (200, 100, 80, 50), EM)
    assert writing_at(ink_of(image), place) is None
    letter(image, "D", 230, 137)
    found = writing_at(ink_of(image), place)
    assert found is not None
    assert found.box[2] < 30


def test_blobs_are_parted_by_blank_columns_and_can_be_taken_alone() -> None:
    image = page()
    brackets(image, 200, 400, 100)
    letter(image, "A", 230, 111)
    letter(image, "C", 330, 111)
    found = written(image)
    assert found is not None
    assert len(found.blobs) == 2
    assert widest_gap(found) == 1
    last = found.part(1, 2, EM)
    assert last.box == found.blob_box(1)


def crossed_out(slope: int) -> np.ndarray:
    canvas = np.zeros((60, 80), np.uint8)
    cv2.putText(canvas, "B", (28, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    cv2.line(canvas, (18, 31 + slope), (60, 31 - slope), 255, 2)
    rows, columns = np.nonzero(canvas)
    return canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@pytest.mark.parametrize("slope", [-6, 0, 6])
def test_a_stroke_through_a_letter_crosses_it_out(slope: int) -> None:
    assert is_struck(crossed_out(slope))


@pytest.mark.parametrize("text", ["A", "B", "E", "F", "T", "X", "7", "Z"])
def test_letters_with_bars_are_not_crossed_out(text: str) -> None:
    canvas = np.zeros((60, 80), np.uint8)
    cv2.putText(canvas, text, (28, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    rows, columns = np.nonzero(canvas)
    assert not is_struck(canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])


def two_parts() -> Writing:
    image = page()
    bracket(image, 200, 100, opens=True)
    bracket(image, 400, 100, opens=False)
    letter(image, "A", 230, 111)
    letter(image, "C", 330, 111)
    found = written(image)
    assert found is not None
    return found


def told(sign: str, likelihood: float) -> Reading:
    return Reading(sign, likelihood, (), ((sign, likelihood),))


def test_an_unreadable_first_part_is_more_likely_crossed_out_than_a_clear_one() -> None:
    parts, clear, second = two_parts(), [told("A", 0.99)], [told("C", 0.99)]
    blurred = [told("A", 0.002)]
    doubtful = rewriting(parts, blurred, second, EM, is_short=True)
    assert doubtful > 0.5 > rewriting(parts, clear, [Reading("CD", 0.9)], EM, is_short=True)


def test_two_signs_of_a_pair_are_never_one_answer() -> None:
    parts = two_parts()
    letters = rewriting(parts, [told("A", 0.9)], [told("C", 0.9)], EM, is_short=True)
    signs = rewriting(parts, [told("√", 0.9)], [told("×", 0.9)], EM, is_short=True)
    assert signs > letters


def test_words_apart_on_a_blank_are_one_answer() -> None:
    words = [Reading("New", 0.97)], [Reading("York", 0.97)]
    assert rewriting(two_parts(), *words, EM, is_short=False) < 0.5


def test_a_view_shows_the_strokes_alone_enlarged_on_paper() -> None:
    image = in_brackets("B")
    found = written(image)
    assert found is not None
    shown = show(image, found, View(0.25))
    assert shown.shape[0] >= 56
    assert shown[:4].min() > 200
    wide = show(image, found, View(0.25, stretch=1.5))
    assert wide.shape[1] > 1.2 * shown.shape[1]


@pytest.mark.parametrize(
    ("sides", "is_free"),
    [((100,), True), ((340,), True), ((100, 340), False), ((), True)],
)
def test_brackets_for_answers_begin_or_end_their_line(
    sides: tuple[int, ...], is_free: bool
) -> None:
    image = page()
    brackets(image, 200, 320, 100)
    for x in sides:
        letter(image, "MMM", x, 111)
    assert stands_free(place_on(image), ink_of(image)) is is_free


def test_a_full_stop_after_brackets_does_not_count_as_print() -> None:
    image = page()
    brackets(image, 200, 320, 100)
    letter(image, "MMM", 100, 111)
    letter(image, ".", 350, 111)
    assert stands_free(place_on(image), ink_of(image))


def test_figures_keep_the_strokes_that_cross_a_bracket() -> None:
    image = page()
    brackets(image, 200, 320, 50)
    brackets(image, 200, 320, 150)
    stroke(image, [(240, 140), (240, 160), (333, 160), (333, 150), (240, 150)], GREY)
    letter(image, "MMM", 365, 161)
    ink = ink_of(image)
    _, place = find_places(ink, EM, (), (Hint(323, 150, is_opening=False),), ())
    found = writing_at(ink, place)
    assert found is not None
    shown = show_repaired(image, found, place, 1.0)
    # Neither the bracket nor the print behind it is left; the strokes go on through both.
    assert shown.min() > 90
    dark = (shown < 200).any(axis=2).any(axis=0)
    assert np.count_nonzero(dark) > 1.5 * shown.shape[0]
    assert np.flatnonzero(dark)[-1] - np.flatnonzero(dark)[0] < np.count_nonzero(dark)
