"""Places for answers are found by their print alone: brackets with room, rules that are free."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ocr.domain.ink.page_ink import pieces_of
from services.ocr.domain.ink.ruled_lines import Rule
from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind, find_places
from services.ocr.domain.places.blank_rules import blank_rules
from services.ocr.domain.places.bracket_search import Hint, hints
from services.ocr.domain.places.bracket_shapes import (
    Bracket,
    as_bracket,
    find_brackets,
    pair_brackets,
)
from services.ocr.domain.places.text_rows import TextRow
from services.ocr.domain.text.text_size import character_height
from tests.unit.ocr.drawn_places import (
    BLACK,
    BLUE,
    EM,
    bracket,
    brackets,
    ink_of,
    letter,
    page,
    rule,
    stroke,
    text_line,
)


def places_on(
    image: np.ndarray,
    text: tuple[tuple[int, int, int, int], ...] = (),
    sought: tuple[Hint, ...] = (),
    closed: tuple[tuple[int, int, int, int], ...] = (),
    characters: tuple[tuple[float, float, float, float], ...] = (),
) -> list[AnswerPlace]:
    rows = [TextRow(box, 0.0) for box in text]
    return find_places(ink_of(image), EM, rows, sought, closed, characters=characters)


def blanks_on(image: np.ndarray) -> list[Rule]:
    ink = ink_of(image)
    return blank_rules(ink, pieces_of(ink.black), EM, (), ())


def test_room_between_two_brackets_is_a_place() -> None:
    image = page()
    brackets(image, 200, 300, 100)
    (place,) = places_on(image)
    left, top, width, height = place.room
    assert place.kind is PlaceKind.BRACKET
    assert (left, left + width) == (pytest.approx(204, abs=6), pytest.approx(302, abs=6))
    assert top <= 100 <= top + height


def test_writing_across_a_rule_does_not_part_it() -> None:
    image = page()
    rule(image, 100, 420, 200)
    cv2.line(image, (220, 200), (270, 200), BLUE, 5)
    (blank,) = blanks_on(image)
    assert (blank.start, blank.end) == (pytest.approx(100, abs=4), pytest.approx(420, abs=4))


def test_two_rules_with_paper_between_them_are_two_blanks() -> None:
    image = page()
    rule(image, 100, 220, 200)
    rule(image, 300, 420, 200)
    assert len(blanks_on(image)) == 2


def test_brackets_without_room_are_no_place() -> None:
    image = page()
    brackets(image, 200, 222, 100)
    assert places_on(image) == []


def test_brackets_on_different_lines_are_no_pair() -> None:
    image = page()
    brackets(image, 200, 2000, 100)
    brackets(image, -2000, 300, 180)
    assert places_on(image) == []


def test_a_letter_like_a_bracket_does_not_take_the_place_of_one() -> None:
    """A hand-written C is as bent as a bracket, but smaller than its partner."""
    image = page()
    brackets(image, 200, 320, 100)
    cv2.ellipse(image, (280, 100), (9, 12), 0, 120, 240, BLACK, 2, cv2.LINE_AA)
    (place,) = places_on(image)
    assert place.room[0] < 215


@given(st.integers(26, 80), st.booleans(), st.integers(1, 3))
@settings(max_examples=40)
def test_arcs_of_any_size_open_to_the_side_they_are_drawn_to(
    radius: int, opens: bool, thickness: int
) -> None:
    canvas = np.zeros((2 * radius + 10, 2 * radius + 10), np.uint8)
    angles = (145, 215) if opens else (-35, 35)
    middle = (radius + 5, radius + 5)
    cv2.ellipse(canvas, middle, (radius, radius), 0, *angles, 255, thickness, cv2.LINE_AA)
    rows, columns = np.nonzero(canvas)
    found = as_bracket(
        canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], (0, 0)
    )
    assert found is not None
    assert found.is_opening is opens


@pytest.mark.parametrize("text", ["l", "1", "I", "J", "S", "/"])
def test_letters_are_no_brackets(text: str) -> None:
    image = page()
    letter(image, text, 100, 100)
    ink = ink_of(image)
    found = find_brackets(pieces_of(ink.black), ink.darkness, 22)
    assert pair_brackets(found, 22, 14) == []


def test_a_square_bracket_is_told_by_its_arms() -> None:
    mask = np.zeros((30, 10), np.uint8)
    mask[:, :2] = mask[:2] = mask[-2:] = 255
    found = as_bracket(mask, (0, 0))
    assert found is not None
    assert found.is_opening
    mirrored = as_bracket(np.ascontiguousarray(mask[:, ::-1]), (0, 0))
    assert mirrored is not None
    assert not mirrored.is_opening


def test_a_bracket_that_touches_print_is_found_where_it_was_read() -> None:
    image = page()
    brackets(image, 200, 300, 100)
    cv2.line(image, (180, 80), (204, 100), BLACK, 3)
    assert places_on(image) == []
    (place,) = places_on(image, sought=(Hint(202, 100, is_opening=True),))
    assert place.room[0] == pytest.approx(204, abs=6)


def test_a_bracket_is_not_sought_in_the_middle_of_a_character_beside_it() -> None:
    image = page()
    brackets(image, 200, 300, 100)
    brackets(image, 200, 300, 200)
    bracket(image, 322, 200, opens=False)
    cv2.line(image, (280, 180), (306, 200), BLACK, 3)
    hint = Hint(312, 200, is_opening=False)
    character = (310.0, 180.0, 34.0, 40.0)
    first, second = places_on(image, sought=(hint,), characters=(character,))
    assert first.room[2] == second.room[2] == pytest.approx(100, abs=6)


def test_a_closing_bracket_under_figures_is_sought_before_the_unit() -> None:
    line = text_line("8=(30米", (0, 0, 140, 30))
    assert [hint.is_opening for hint in hints([line])] == [True, False]
    closing = hints([line])[1]
    assert 84 < closing.x < 126
    closed = text_line("8=(30)米", (0, 0, 160, 30))
    assert [hint.is_opening for hint in hints([closed])] == [True, False]
    assert len(hints([text_line("8=(30", (0, 0, 100, 30))])) == 1
    assert len(hints([text_line("5km=(5009m", (0, 0, 200, 30))])) == 2


def test_a_free_rule_is_a_blank() -> None:
    image = page()
    rule(image, 200, 380, 120)
    (place,) = places_on(image)
    left, top, width, height = place.room
    assert place.kind is PlaceKind.BLANK
    assert (left, left + width) == (pytest.approx(200, abs=3), pytest.approx(380, abs=3))
    assert top + height == pytest.approx(120, abs=2)


def test_a_row_of_dots_is_a_blank() -> None:
    image = page()
    for x in range(200, 380, 9):
        cv2.circle(image, (x, 120), 1, BLACK, -1)
    (found,) = blanks_on(image)
    assert found.length == pytest.approx(178, abs=8)


def test_the_feet_of_characters_beside_an_ellipsis_are_no_row_of_dots() -> None:
    image = page()
    marks = (
        (25, 0, 3, 4), (34, 0, 3, 4), (16, 3, 3, 2), (43, 3, 2, 2), (48, 3, 2, 2), (53, 3, 2, 2),
        (59, 2, 7, 4), (70, 2, 7, 4), (0, 4, 2, 2), (9, 4, 1, 2),
    )  # fmt: skip
    for x, y, width, height in marks:
        image[120 + y : 120 + y + height, 200 + x : 200 + x + width] = BLACK
    assert blanks_on(image) == []


def test_the_diameter_of_a_circle_is_no_blank() -> None:
    image = page()
    cv2.circle(image, (300, 200), 60, BLACK, 2, cv2.LINE_AA)
    rule(image, 240, 360, 200)
    assert blanks_on(image) == []


def test_rules_of_tables_are_no_blanks() -> None:
    image = page()
    rule(image, 200, 380, 120)
    assert places_on(image, closed=((190, 60, 200, 80),)) == []


def test_the_bar_of_a_fraction_is_no_blank() -> None:
    image = page()
    rule(image, 200, 290, 120)
    letter(image, "a+b", 210, 112)
    letter(image, "2xyz", 205, 148)
    assert blanks_on(image) == []


def test_a_short_denominator_makes_a_fraction_too() -> None:
    image = page()
    rule(image, 200, 300, 120)
    letter(image, "a+bc", 210, 112)
    letter(image, "x+1", 218, 150)
    assert blanks_on(image) == []


def test_a_stroke_within_a_line_of_text_is_no_blank() -> None:
    """一 is a level stroke as long as the character is wide; a minus is one, too."""
    image = page()
    rule(image, 200, 245, 100)
    assert places_on(image, text=((100, 80, 500, 40),)) == []


def test_a_stroke_of_a_large_character_in_a_title_is_no_blank() -> None:
    """The foot of 单 in a title of twice the page's size."""
    image = page()
    rule(image, 200, 250, 128)
    box = (100.0, 78.0, 400.0, 62.0)
    rows = [TextRow(box, 0.0, em_px=58.0)]
    assert find_places(ink_of(image), EM, rows, (), ()) == []
    assert len(find_places(ink_of(image), EM, [TextRow(box, 0.0)], (), ())) == 1


def test_a_coloured_stroke_is_no_blank() -> None:
    image = page()
    stroke(image, [(200, 120), (380, 120)], BLUE)
    assert places_on(image) == []


def test_a_slanting_stroke_is_no_blank_beside_level_rules() -> None:
    image = page()
    for y in (120, 220, 320):
        rule(image, 200, 500, y)
    cv2.line(image, (200, 420), (300, 410), BLACK, 2)
    assert len(places_on(image)) == 3


def test_a_blank_in_brackets_is_one_place() -> None:
    image = page()
    brackets(image, 200, 400, 100)
    rule(image, 215, 390, 114)
    (place,) = places_on(image)
    assert place.kind is PlaceKind.BLANK
    assert place.brackets is not None


def test_the_foot_of_a_letter_in_brackets_is_no_blank() -> None:
    image = page()
    brackets(image, 200, 270, 100)
    rule(image, 222, 258, 114)
    (place,) = places_on(image)
    assert place.kind is PlaceKind.BRACKET


@pytest.mark.parametrize(("text", "share"), [("WORDS OF PRINT", 0.69), ("汉字汉字汉字汉字", 0.92)])
def test_character_height_is_measured_on_the_ink(text: str, share: float) -> None:
    image = page()
    cv2.rectangle(image, (100, 100), (500, 123), BLACK, -1)
    measured = character_height(ink_of(image).black, [(text, (100, 90, 400, 44))])
    assert measured == pytest.approx(24 / share, abs=1.5)


def test_a_page_without_lines_has_no_character_height() -> None:
    assert character_height(ink_of(page()).black, []) == 0.0


def test_a_letter_with_a_bow_does_not_close_the_bracket_before_it() -> None:
    """The bow of a D was taken for the closing bracket, and what was left for an empty place."""

    def drawn(box: tuple[int, int, int, int], *, opens: bool) -> Bracket:
        return Bracket(box, opens, 0.21, np.full((box[3], box[2]), 255, np.uint8))

    opening, bow = drawn((384, 568, 6, 19), opens=True), drawn((417, 573, 5, 18), opens=False)
    closing = drawn((443, 569, 5, 18), opens=False)
    again = drawn((470, 568, 6, 19), opens=True), drawn((520, 568, 6, 19), opens=False)
    (first, second) = pair_brackets([opening, bow, closing, *again], 24, 14)
    assert (first.opening, first.closing) == (opening, closing)
    assert (second.opening, second.closing) == again
