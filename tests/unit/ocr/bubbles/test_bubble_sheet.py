"""Bubble sheets are read from a template, after aligning to their four ring marks."""

import json
from collections.abc import Mapping

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


def sheet(
    filled: Mapping[str, str] = FILLED,
    *,
    text: str = TEMPLATE,
    mark_px: int = 64,
    pen: tuple[int, int, int] = (60, 60, 65),
) -> np.ndarray:
    """The template drawn, with the bubbles of ``filled`` blackened."""
    template = parse_template(text)
    image = np.full((1000, 1240, 3), 245, np.uint8)
    radius_px = round(min(template.bubble) / 2)
    for x, y in ((0, 0), (1000, 0), (1000, 800), (0, 800)):
        for share, shade in ((1.0, 20), (0.8, 245), (0.6, 20), (0.4, 245), (0.2, 20)):
            radius = round(share * mark_px / 2)
            cv2.circle(image, (120 + x, 100 + y), radius, (shade,) * 3, -1, cv2.LINE_AA)
    for field in template.fields:
        for bubble in field.bubbles:
            x, y = (round(v) for v in bubble.centre)
            place = (120 + x, 100 + y)
            cv2.circle(image, place, radius_px, (120, 120, 120), 1, cv2.LINE_AA)
            cv2.putText(
                image,
                bubble.value,
                (place[0] - round(0.4 * radius_px), place[1] + round(0.4 * radius_px)),
                cv2.FONT_HERSHEY_SIMPLEX,
                radius_px / 30,
                (130, 130, 130),
                1,
                cv2.LINE_AA,
            )
            if bubble.value in filled.get(field.label, ""):
                cv2.circle(image, place, radius_px - 2, pen, -1, cv2.LINE_AA)
    return image


LETTERS = json.dumps(
    {
        "pageDimensions": [1000, 800],
        "bubbleDimensions": [18, 18],
        "fieldBlocks": {
            f"Column {column}": {
                "fieldType": "QTYPE_MCQ4",
                "fieldLabels": [f"q{13 * column + 1}..{13 * column + 13}"],
                "origin": [90 + 300 * column, 110],
                "bubblesGap": 40,
                "labelsGap": 48,
            }
            for column in range(3)
        },
    }
)
NUMBERS = range(1, 40)
#: What a class of students makes of such a sheet.
WAYS = {
    "each": {f"q{n}": "ABCD"[n * 7 % 4] for n in NUMBERS},
    "all the same": {f"q{n}": "A" for n in NUMBERS},
    "every other": {f"q{n}": "ABCD"[n * 7 % 4] for n in NUMBERS if n % 2},
    "hardly any": {"q3": "B", "q20": "D"},
    "none": {},
    "mostly dark": {f"q{n}": "ABC" for n in NUMBERS},
}
PENS = {"black": (50, 50, 50), "pencil": (150, 150, 150), "faint pencil": (190, 190, 190)}


def read_letters(image: np.ndarray) -> dict[str, tuple[str, float]] | None:
    read = read_bubbles(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), parse_template(LETTERS))
    return None if read is None else {f.label: (f.text, f.confidence) for f in read}


@pytest.mark.parametrize(
    ("mark_px", "way"),
    [(px, way) for px in (30, 48, 57, 66, 75, 90) for way in ("each", "all the same")],
)
def test_corner_marks_of_every_size_are_told_from_filled_bubbles(mark_px: int, way: str) -> None:
    read = read_letters(sheet(WAYS[way], text=LETTERS, mark_px=mark_px))
    assert read is not None
    assert {label: text for label, (text, _) in read.items() if text} == WAYS[way]
    assert all(confidence > 0.8 for _, confidence in read.values())


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("way", WAYS)
def test_no_sheet_is_read_surely_and_wrongly_with_any_pen(pen: str, way: str) -> None:
    read = read_letters(sheet(WAYS[way], text=LETTERS, pen=PENS[pen]))
    assert read is not None
    for label, (text, confidence) in read.items():
        assert text == WAYS[way].get(label, "") or confidence < 0.8
    if way in {"each", "every other", "hardly any", "none"}:
        assert {label: text for label, (text, _) in read.items() if text} == WAYS[way]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_sheet_that_lies_on_its_side_or_head_is_read_as_it_is_meant(quarters: int) -> None:
    turned = np.rot90(sheet(WAYS["each"], text=LETTERS), quarters).copy()
    read = read_letters(turned)
    assert read is not None
    assert {label: text for label, (text, _) in read.items()} == WAYS["each"]


@pytest.mark.parametrize(
    "cut",
    [lambda image: image[:, 160:], lambda image: image[160:], lambda image: image[:-160, :-160]],
    ids=["left", "top", "corner"],
)
def test_a_sheet_whose_marks_were_cut_off_is_not_read_by_other_things(cut) -> None:  # noqa: ANN001
    assert read_letters(cut(sheet(WAYS["each"], text=LETTERS)).copy()) is None


def test_bubbles_that_are_not_where_the_template_has_them_are_not_read() -> None:
    other = json.loads(LETTERS)
    for block in other["fieldBlocks"].values():
        block["origin"][1] += 24
        block["origin"][0] += 20
    image = cv2.cvtColor(sheet(WAYS["each"], text=LETTERS), cv2.COLOR_RGB2GRAY)
    assert read_bubbles(image, parse_template(json.dumps(other))) is None


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
