"""Labels of options stand where their letters were read, and below others where none was."""

import pytest

from services.ocr.domain.drawings.option_labels import option_labels
from shared.contract.reading import TextLine
from tests.unit.ocr.drawn_places import EM, text_line


def places(*lines: TextLine) -> list[tuple[int, int, bool]]:
    return [(round(o.x), round(o.y), o.is_read) for o in option_labels(lines, EM)]


def test_labels_are_letters_with_their_signs() -> None:
    assert places(text_line("A. one (B) two", (100, 80, 140, 40))) == [
        (105, 100, True),
        (185, 100, True),
    ]


@pytest.mark.parametrize(("text", "left"), [("?. three", 96), ("three", 130), ("③ 3.0", 96)])
def test_a_line_below_a_label_may_have_lost_its_own(text: str, left: int) -> None:
    above = text_line("A. one", (100, 80, 60, 40))
    lost = text_line(text, (left, 140, 80, 40))
    assert places(above, lost) == [(105, 100, True), (105, 160, False)]


def test_lines_that_begin_elsewhere_lost_no_label() -> None:
    option = text_line("A. one", (100, 80, 60, 40))
    stem = text_line("1 stem", (40, 140, 200, 40))
    far = text_line("words", (100, 480, 80, 40))
    assert places(option, stem, far) == [(105, 100, True)]


def test_text_behind_a_label_of_its_own_box_lost_none() -> None:
    assert places(
        text_line("A. one", (100, 80, 60, 40)),
        text_line("B.", (100, 140, 20, 40)),
        text_line("two", (140, 140, 60, 40)),
    ) == [(105, 100, True), (105, 160, True)]


def test_a_label_whose_bracket_a_tick_hides_is_a_label() -> None:
    line = text_line("VB)word", (200, 80, 140, 40))
    ((x, _, is_read),) = places(line)
    assert is_read
    assert x == round(line.chars[1].bbox[0] + line.chars[1].bbox[2] / 2)


def test_a_letter_in_a_wide_bracket_is_an_answer() -> None:
    assert places(text_line("stem (B) 1. (C) two", (100, 80, 380, 40))) == []
    assert len(places(text_line("stem (B) 1. (C) two", (100, 80, 260, 40)))) == 2


def test_a_line_with_sure_text_where_labels_stand_lost_none() -> None:
    stem = text_line("于声现象", (96, 40, 160, 40))
    option = text_line("A. one", (100, 80, 60, 40))
    assert places(stem, option) == [(105, 100, True)]
