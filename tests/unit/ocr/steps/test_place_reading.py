"""Answers are read place by place and stand in the page's text exactly once."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from services.ocr.domain.text.ctc import ReadChar, Reading
from services.ocr.domain.text.lexicon import Word
from services.ocr.steps.place_reading import PlaceReadings, read_places
from shared.contract.reading import MarkKind, RuledTable, TableCell, TextLine
from tests.unit.ocr.drawn_places import (
    BLACK,
    RED,
    brackets,
    ink_of,
    letter,
    page,
    rule,
    stroke,
    text_line,
    tick,
)
from tests.unit.ocr.told_digits import sure_digit
from tests.unit.ocr.told_reader import ToldReader


class FakeReader(ToldReader):
    """A reader that knows one word, whatever is read."""

    def word(self, looks: Sequence[Reading], *, is_chinese: bool) -> Word | None:
        return Word("without", 0.9) if looks[0].text == "withoct" else None


def sure(text: str) -> Reading:
    return Reading(text, 0.99, (), ((text, 0.99),) if len(text) == 1 else ())


def question(width: int = 400) -> tuple[np.ndarray, TextLine]:
    """A page with print, brackets with room after it, and the line as it was read without them."""
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    brackets(image, 320, 420, 100)
    return image, text_line("NNNNNNNN(  )", (100, 80, width - 70, 40))


def read(
    image: np.ndarray, lines: tuple[TextLine, ...], *readings: Reading, tables: tuple = ()
) -> PlaceReadings:
    return read_places(FakeReader(*readings), image, ink_of(image), lines, tables)


def test_an_answer_that_the_line_lost_is_a_line_of_its_own() -> None:
    image, line = question()
    letter(image, "C", 360, 111)
    found = read(image, (line,), sure("C"))
    (answer,) = (other for other in found.lines if other is not line)
    assert answer.text == "C"
    assert answer.confidence > 0.9
    assert answer.bbox[0] == pytest.approx(363, abs=5)
    assert dict(answer.chars[0].likely)["C"] == pytest.approx(0.99)
    assert [region.kind for region in found.regions] == []


def test_an_answer_that_the_line_has_stands_there_no_longer() -> None:
    image, _ = question()
    letter(image, "C", 360, 111)
    line = text_line("NNNNNNNN(C)", (100, 80, 330, 40))
    found = read(image, (line,), sure("C"))
    assert sorted(other.text for other in found.lines) == ["C", "NNNNNNNN()"]


def test_an_empty_bracket_is_told_and_costs_no_reading() -> None:
    image, line = question()
    reader = FakeReader(sure("A"))
    found = read_places(reader, image, ink_of(image), (line,), ())
    assert found.lines == (line,)
    assert [region.kind for region in found.regions] == ["empty"]
    assert reader.count == 0


def test_writing_that_says_nothing_is_doubtful_ink() -> None:
    image, line = question()
    letter(image, "C", 360, 111)
    found = read(image, (line,), Reading("", 0.0))
    assert found.lines == (line,)
    assert [region.kind for region in found.regions] == ["ink"]


def test_a_crossed_out_letter_is_marked_and_the_next_one_is_the_answer() -> None:
    image, line = question()
    letter(image, "A", 330, 111)
    rule(image, 326, 358, 101)
    letter(image, "C", 388, 111)
    whole, struck = Reading("AC", 0.6), Reading("木", 0.3, (), (("A", 0.01),))
    found = read(image, (line,), whole, struck, sure("C"))
    assert [other.text for other in found.lines if other is not line] == ["C"]
    (mark,) = found.marks
    assert mark.kind is MarkKind.STRIKE
    assert mark.bbox[0] == pytest.approx(326, abs=5)


def test_a_tick_is_told_by_its_shape_where_it_reads_as_something_else() -> None:
    image, line = question()
    tick(image, 360, 100)
    found = read(image, (line,), Reading("一", 0.6, (), (("√", 0.01),)))
    assert [other.text for other in found.lines if other is not line] == ["√"]


def test_a_teachers_red_in_an_empty_bracket_is_no_answer() -> None:
    image, line = question()
    letter(image, "A", 360, 111)
    brackets(image, 500, 600, 100)
    letter(image, "B", 540, 111, RED)
    found = read(image, (line,), sure("A"))
    assert [other.text for other in found.lines if other is not line] == ["A"]
    assert [region.kind for region in found.regions] == ["ink"]


def test_words_on_a_blank_replace_what_the_line_made_of_blank_and_words() -> None:
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    rule(image, 320, 480, 116)
    letter(image, "late", 350, 111)
    printed = text_line("NNNNNNNN", (100, 80, 200, 40))
    mixed = text_line("_late_", (330, 80, 100, 40))
    found = read(image, (printed, mixed), Reading("late", 0.99))
    assert sorted(other.text for other in found.lines) == ["NNNNNNNN", "late"]
    (blank,) = (region for region in found.regions if region.kind == "blank")
    assert blank.bbox[0] == pytest.approx(320, abs=4)


def on_a_blank(word: str, *views: str, confidence: float) -> tuple[str, float]:
    """What is read on a blank, and how surely, where the line surely has ``word``."""
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    rule(image, 320, 480, 116)
    letter(image, "late", 350, 111)
    printed = text_line("NNNNNNNN", (100, 80, 200, 40))
    line = text_line(word, (345, 80, 60, 40), 0.95)
    found = read(image, (printed, line), *[Reading(text, confidence) for text in views])
    chars = [char for other in found.lines for char in other.chars if char.text != "N"]
    return "".join(char.text for char in chars), min(char.confidence for char in chars)


def test_what_two_ways_of_reading_say_differently_is_not_sure() -> None:
    text, confidence = on_a_blank("lote", "lotc", confidence=0.9)
    assert text == "lote"
    assert confidence < 0.8


def test_a_printed_formula_that_a_look_reads_with_spaces_stays_in_its_line() -> None:
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    brackets(image, 320, 460, 100)
    letter(image, "ax+b", 350, 111)
    line = text_line("NNNNNNNN(ax+b)", (100, 80, 370, 40))
    seen = Reading("ax + b", 0.84, (ReadChar("a", 0.84, 0.0, 0.2),))
    found = read(image, (line,), seen)
    assert [other.text for other in found.lines] == ["NNNNNNNN(ax+b)"]
    assert min(char.confidence for char in found.lines[0].chars) > 0.9


def test_a_word_of_the_lexicon_outweighs_the_lines_reading() -> None:
    text, confidence = on_a_blank("withoct", "withoct", confidence=0.6)
    assert text == "without"
    assert confidence > 0.8


def test_what_is_no_number_does_not_outweigh_a_number_behind_an_equals_sign() -> None:
    image, _ = sum_without_result()
    letter(image, "17", 330, 111)
    line = text_line("12+3-4+6=17", (100, 80, 275, 40), 0.85)
    found = read(image, (line,), Reading("d7", 0.97))
    assert [other.text for other in found.lines] == ["12+3-4+6=17"]


def test_a_look_that_lost_a_character_of_a_word_does_not_outweigh_the_line() -> None:
    text, _ = on_a_blank("平面", "面", confidence=0.99)
    assert text == "平面"


def test_a_sum_in_brackets_is_no_number_with_crossed_out_parts() -> None:
    image, _ = question()
    letter(image, "4+5", 340, 111)
    line = text_line("NNNNNNNN(4+5)", (100, 80, 330, 40))
    found = read(image, (line,), Reading("4+5", 0.9))
    assert not found.marks
    assert "4+5" in "".join(other.text for other in found.lines)


def test_a_closing_bracket_that_figures_hide_stands_in_the_text_again() -> None:
    image, _ = question()
    letter(image, "12", 370, 111)
    line = text_line("NNNNNNNN(129米", (100, 80, 380, 40), 0.7)
    found = read(image, (line,), Reading("12", 0.9))
    texts = [other.text for other in found.lines]
    assert "12" in texts
    assert ")" in texts
    assert "NNNNNNNN(米" in texts


def test_two_looks_that_surely_say_the_same_need_no_third() -> None:
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    rule(image, 320, 480, 116)
    letter(image, "late", 350, 111)
    printed = text_line("NNNNNNNN", (100, 80, 200, 40))
    counts = []
    for confidence in (0.95, 0.8):
        reader = FakeReader(Reading("late", confidence))
        read_places(reader, image, ink_of(image), (printed,), ())
        counts.append(reader.count)
    assert counts == [2, 3]


def cells(text: str, confidence: float, ink: float) -> RuledTable:
    cell = TableCell(
        row=0, column=0, bbox=(320, 70, 80, 60), text=text, confidence=confidence, ink=ink
    )
    return RuledTable(bbox=cell.bbox, rows=1, columns=1, cells=(cell,))


def test_a_doubtful_cell_is_read_again_and_tells_what_it_could_be() -> None:
    image, line = question()
    image[60:140, 310:450] = 250
    letter(image, "C", 350, 111)
    found = read(image, (line,), sure("C"), tables=(cells("c", 0.5, 0.05),))
    (cell,) = found.tables[0].cells
    assert cell.text == "C"
    assert dict(cell.chars[0].likely)["C"] == pytest.approx(0.99)


def test_a_rest_of_a_rule_in_a_cell_is_no_answer() -> None:
    image, line = question()
    image[60:140, 310:450] = 250
    rule(image, 320, 400, 70)
    found = read(image, (line,), sure("C"), tables=(cells("一", 0.7, 0.02),))
    (cell,) = found.tables[0].cells
    assert (cell.text, cell.ink) == ("", 0.0)


def test_a_page_without_text_stays_as_it_is() -> None:
    image = page()
    assert read(image, (), sure("A")) == PlaceReadings((), ())


def test_the_number_of_a_question_in_wide_brackets_stays_print() -> None:
    image = page()
    brackets(image, 100, 190, 100)
    letter(image, "21", 125, 111)
    for x in range(220, 500, 26):
        letter(image, "N", x, 111)
    line = text_line("(21)NNNNNNNNNNN", (95, 80, 410, 40))
    found = read(image, (line,), sure("1"))
    assert [other.text for other in found.lines] == ["(21)NNNNNNNNNNN"]


def test_print_that_is_underlined_is_no_answer() -> None:
    image = page()
    for x in range(100, 500, 26):
        letter(image, "N", x, 111)
    rule(image, 202, 312, 120)
    line = text_line("N" * 16, (98, 80, 416, 40))
    found = read(image, (line,), sure("N"))
    assert [other.text for other in found.lines] == ["N" * 16]


def test_the_halves_of_one_character_are_one_sign() -> None:
    image, line = question()
    stroke(image, [(352, 90), (352, 112)])
    letter(image, "B", 360, 111)
    wrong = Reading("錯", 0.6, (), (("错", 0.6),))
    found = read(image, (line,), wrong)
    (answer,) = (other for other in found.lines if other is not line)
    assert answer.text == "错"
    assert found.marks == ()


def test_a_crumb_of_a_red_tick_is_no_second_answer() -> None:
    image, line = question()
    letter(image, "F", 350, 111)
    tick(image, 396, 100, RED)
    image[98:104, 400:403] = (60, 20, 20)
    found = read(image, (line,), sure("F"))
    assert [other.text for other in found.lines if other is not line] == ["F"]
    assert found.marks == ()


def number_in_brackets(*readings: str) -> tuple[str, float]:
    """What is read of a number that touches its bracket: alone twice, then with the bracket."""
    image, _ = question()
    brackets(image, 320, 412, 100)
    cv2.putText(image, "380", (340, 116), cv2.FONT_HERSHEY_SIMPLEX, 1.35, BLACK, 2, cv2.LINE_AA)
    line = text_line("NNNNNN=(  )cm", (100, 80, 390, 40))
    found = read(image, (line,), *(Reading(text, 0.95) for text in readings))
    (answer,) = (line for line in found.lines if line.text.isdecimal())
    return answer.text, answer.confidence


def test_a_number_that_touches_its_bracket_is_what_it_says_with_it_but_not_surely() -> None:
    text, confidence = number_in_brackets("38", "38", "380", "380", "38")
    assert text == "380"
    assert confidence < 0.8


def test_a_number_that_reads_the_same_with_its_bracket_is_sure() -> None:
    text, confidence = number_in_brackets("380")
    assert text == "380"
    assert confidence > 0.9


def test_a_digit_behind_an_equals_sign_is_told_by_its_classifier() -> None:
    image, line = sum_without_result()
    letter(image, "7", 330, 111)
    (answer,) = read(image, (line,), sure_digit("1", "7")).lines[1:]
    assert answer.text == "7"
    assert answer.confidence > 0.9


def test_a_digit_that_both_ways_of_reading_are_sure_of_otherwise_is_unsure() -> None:
    image, line = sum_without_result()
    letter(image, "7", 330, 111)
    both = replace(sure_digit("1", "7"), confidence=0.95)
    (answer,) = read(image, (line,), both).lines[1:]
    assert answer.text == "7"
    assert answer.confidence < 0.8


def test_the_digits_of_a_number_are_told_one_by_one_where_they_stand_apart() -> None:
    image, line = sum_without_result()
    letter(image, "17", 330, 111)
    views = [Reading("11", 0.6)] * 3
    answers = read(image, (line,), *views, sure_digit("1", "1"), sure_digit("1", "7")).lines[1:]
    assert [answer.text for answer in answers] == ["17"]


def sum_without_result() -> tuple[np.ndarray, TextLine]:
    """A page with a sum and the line as it was read, without its result."""
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    return image, text_line("12+3-4+6=", (100, 80, 225, 40))


def test_what_hardly_is_a_digit_stays_what_it_was_read_as() -> None:
    image, line = sum_without_result()
    letter(image, "B", 330, 111)
    (answer,) = read(image, (line,), *[sure("8")] * 3, sure_digit("1", "1", share=0.05)).lines[1:]
    assert answer.text == "8"


def test_a_truth_word_in_letters_that_stand_apart_is_not_crossed_out() -> None:
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    brackets(image, 320, 560, 100)
    for text, x in (("T", 350), ("R", 380), ("U", 410), ("E", 500)):
        letter(image, text, x, 111)
    line = text_line("NNNNNNNN", (100, 80, 208, 40))
    parts = [sure(text) for text in "TRUE"]
    answer = read(image, (line,), sure("TRUE"), *parts).lines[-1]
    assert answer.text == "TRUE"


def test_a_printed_part_of_a_formula_in_brackets_is_no_answer() -> None:
    image = page()
    letter(image, "NNNN", 100, 111)
    brackets(image, 210, 320, 100)
    letter(image, "n+4", 232, 111)
    letter(image, "=6", 340, 111)
    line = text_line("NNNN(n+4)=6", (100, 80, 290, 40))
    found = read(image, (line,), sure("4"))
    assert found.lines == (line,)
