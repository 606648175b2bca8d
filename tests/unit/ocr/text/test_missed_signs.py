"""Letters alone at the ends of rows are read although the detector of lines left them out."""

import cv2
import numpy as np
import pytest

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.missed_signs import missed_boxes
from services.ocr.steps.sign_looks import with_missed_signs
from shared.contract.reading import TextLine
from tests.unit.ocr.drawn_places import BLACK, EM, brackets, ink_of, letter, page, text_line
from tests.unit.ocr.told_reader import ToldReader

LINE = text_line("NNNNNNNN", (90, 80, 220, 40))


def row(*, size: float = 1.6) -> np.ndarray:
    image = page()
    for x in range(100, 300, 26):
        letter(image, "N", x, 111)
    cv2.putText(image, "A", (500, 116), cv2.FONT_HERSHEY_SIMPLEX, size, BLACK, 2, cv2.LINE_AA)
    return image


def read(text: str, confidence: float = 0.97) -> list[str]:
    image = row()
    found: tuple[TextLine, ...] = with_missed_signs(
        ToldReader(Reading(text, confidence)), image, ink_of(image), (LINE,), EM
    )
    return [line.text for line in found]


def test_a_letter_behind_a_row_is_found_with_its_brackets() -> None:
    image = row()
    brackets(image, 484, 530, 100)
    (box,) = missed_boxes(ink_of(image).any, [LINE], EM)
    assert (box[0], box[0] + box[2]) == (pytest.approx(484, abs=8), pytest.approx(538, abs=8))


def test_print_and_what_a_line_holds_are_no_missed_signs() -> None:
    assert missed_boxes(ink_of(row(size=0.9)).any, [LINE], EM) == []
    held = text_line("A", (490, 60, 70, 80))
    assert missed_boxes(ink_of(row()).any, [LINE, held], EM) == []


def test_what_stands_before_no_row_is_no_missed_sign() -> None:
    assert missed_boxes(ink_of(row()).any, [text_line("NNN", (90, 300, 220, 40))], EM) == []


@pytest.mark.parametrize("text", ["A", "(A)", "（A", "√", "对。"])
def test_signs_that_answer_are_lines_of_their_own(text: str) -> None:
    assert read(text) == ["NNNNNNNN", text]


def test_anything_else_and_what_is_unsure_stays_out() -> None:
    assert read("17") == ["NNNNNNNN"]
    assert read("A", confidence=0.7) == ["NNNNNNNN"]


def test_a_sign_that_a_line_holds_behind_its_last_character_was_missed() -> None:
    longer = LINE.model_copy(update={"bbox": (*LINE.bbox[:2], 480.0, LINE.bbox[3])})
    (box,) = missed_boxes(ink_of(row()).any, [longer], EM)
    assert box[0] == pytest.approx(503, abs=8)
