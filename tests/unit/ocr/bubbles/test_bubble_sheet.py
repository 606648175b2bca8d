"""Bubble sheets are read from a template, after aligning to their four ring marks."""

import json

import cv2
import numpy as np
import pytest

from services.ocr.domain.bubbles.bubble_answers import with_bubbles
from services.ocr.domain.bubbles.bubble_sheet import read_bubbles
from services.ocr.domain.bubbles.bubble_templates import parse_template
from services.parse.domain.paper import read_paper
from shared.contract.reading import PageText, TextLine
from tests.unit.ocr.drawn_pages import keystone

TEMPLATE = json.dumps(
    {
        "pageDimensions": [1000, 800],
        "bubbleDimensions": [36, 36],
        "fieldBlocks": {
            "Roll": {
                "fieldType": "QTYPE_INT",
                "fieldLabels": ["roll1..3"],
                "origin": [100, 120],
                "bubblesGap": 50,
                "labelsGap": 60,
            },
            "Choices": {
                "fieldType": "QTYPE_MCQ4",
                "fieldLabels": ["q1..8"],
                "origin": [500, 120],
                "bubblesGap": 70,
                "labelsGap": 60,
            },
        },
    }
)
FILLED = {"roll1": "7", "roll2": "0", "roll3": "9", "q1": "A", "q2": "D", "q4": "BC", "q8": "C"}


def sheet() -> np.ndarray:
    """The template drawn, with the bubbles of FILLED blackened."""
    template = parse_template(TEMPLATE)
    image = np.full((1000, 1240, 3), 245, np.uint8)
    for x, y in ((0, 0), (1000, 0), (1000, 800), (0, 800)):
        for radius, shade in ((32, 20), (26, 245), (19, 20), (13, 245), (6, 20)):
            cv2.circle(image, (120 + x, 100 + y), radius, (shade,) * 3, -1, cv2.LINE_AA)
    for field in template.fields:
        for bubble in field.bubbles:
            x, y = (round(v) for v in bubble.centre)
            place = (120 + x, 100 + y)
            cv2.circle(image, place, 18, (120, 120, 120), 1, cv2.LINE_AA)
            cv2.putText(
                image,
                bubble.value,
                (place[0] - 7, place[1] + 7),
                cv2.FONT_HERSHEY_SIMPLEX,
                0.6,
                (130, 130, 130),
                1,
                cv2.LINE_AA,
            )
            if bubble.value in FILLED.get(field.label, ""):
                cv2.circle(image, place, 16, (60, 60, 65), -1, cv2.LINE_AA)
    return image


def answers(image: np.ndarray) -> dict[str, str] | None:
    read = read_bubbles(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), parse_template(TEMPLATE))
    return None if read is None else {f.label: f.text for f in read if f.text}


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: keystone(image, 70),
        lambda image: cv2.resize(image, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA),
        lambda image: (image * np.linspace(1, 0.6, 1240)[None, :, None]).astype(np.uint8),
        lambda image: cv2.GaussianBlur(image, (5, 5), 0),
    ],
)
def test_filled_bubbles_are_read_under_every_change(change) -> None:  # noqa: ANN001
    assert answers(change(sheet())) == FILLED


def test_a_scribbled_mark_still_aligns_the_sheet() -> None:
    image = sheet()
    cv2.line(image, (90, 70), (150, 130), (30, 30, 30), 3)
    assert answers(image) == FILLED


def test_a_page_without_the_marks_is_not_read() -> None:
    assert answers(np.full((1000, 1240, 3), 245, np.uint8)) is None


def test_an_empty_sheet_has_no_answers() -> None:
    image = sheet()
    bright = np.where(image < 100, np.uint8(245), image)
    bright[:180], bright[-180:] = image[:180], image[-180:]
    assert answers(bright) == {}


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"pageDimensions": [1]}'])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="template"):
        parse_template(text)


def sheet_text(image: np.ndarray) -> PageText:
    """The sheet with what a reader of lines would make of a bubble and of the title above."""
    lines = (
        TextLine(text="A B C D", bbox=(630, 210, 200, 30)),
        TextLine(text="Answer sheet", bbox=(400, 20, 300, 30)),
    )
    page = PageText(page=1, width_px=image.shape[1], height_px=image.shape[0], lines=lines)
    return with_bubbles(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), page, parse_template(TEMPLATE))


def test_the_bubbles_answer_the_questions_of_their_numbers() -> None:
    questions = {q.number: q.answer for q in read_paper([sheet_text(sheet())]).questions}
    assert {number: answer.text for number, answer in questions.items() if answer} == {
        str(number): FILLED.get(f"q{number}", "") for number in range(1, 9)
    }
    assert all(answer and answer.confidence > 0.8 for n, answer in questions.items() if n in "18")


def test_text_inside_the_sheet_is_left_out() -> None:
    assert [line.text for line in sheet_text(sheet()).lines] == ["Answer sheet"]


def test_a_page_without_the_marks_stays_as_it_was_read() -> None:
    found = sheet_text(np.full((1000, 1240, 3), 245, np.uint8))
    assert (len(found.lines), found.tables) == (2, ())


def test_digits_of_one_number_are_one_answer() -> None:
    template = json.loads(TEMPLATE)
    template["fieldBlocks"]["Roll"]["fieldLabels"] = ["q9_1..3"]
    image = sheet()
    page = PageText(page=1, width_px=image.shape[1], height_px=image.shape[0])
    found = with_bubbles(
        cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), page, parse_template(json.dumps(template))
    )
    (table,) = found.tables
    assert [cell.text for cell in table.cells if cell.row == 1][-1] == "709"
