"""Answer cards are read without a template, whatever their outlines, colours, marks and layout."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from services.ocr.domain.bubbles.card_answers import with_card
from services.ocr.domain.ink.page_ink import page_ink
from services.ocr.steps.card_reading import read_card
from services.parse.domain.paper import read_paper
from shared.contract.reading import PageText, TextChar, TextLine
from tests.unit.ocr.bubbles.drawn_cards import (
    FAINT,
    GREEN,
    PENCIL,
    PINK,
    RED,
    Card,
    Drawn,
    draw,
)
from tests.unit.ocr.bubbles.read_cards import (
    ANSWERS,
    SURE,
    FakeReader,
    answers_of,
    card_of,
    texts_of,
)

KINDS = {
    "brackets around letters": Card(ANSWERS),
    "rings around letters": Card(ANSWERS, shape="ring", sides=(32, 32), pitch=(54, 44)),
    "boxes around letters": Card(ANSWERS, shape="box", sides=(36, 22)),
    "bare rings under letters": Card(
        ANSWERS, shape="ring", is_lettered=False, has_head=True, sides=(30, 30), pitch=(50, 44)
    ),
    "bare boxes under letters": Card(ANSWERS, shape="box", is_lettered=False, has_head=True),
    "one long column": Card(ANSWERS, rows=20, blocks=1),
    "two bands": Card(ANSWERS, rows=5, blocks=2),
    "four blocks": Card(ANSWERS, rows=5, blocks=4),
    "numbers along the rows": Card(ANSWERS, blocks=4, is_row_major=True),
    "options that run down": Card(ANSWERS, blocks=2, across=False),
    "red print": Card(ANSWERS, print=RED),
    "pink print and pencil": Card(ANSWERS, print=PINK, pen=PENCIL),
    "green print": Card(ANSWERS, shape="box", print=GREEN),
    "large options": Card(ANSWERS, sides=(68, 40), pitch=(104, 66), margin=200),
    "small options": Card(ANSWERS, sides=(22, 14), pitch=(34, 23)),
    "tight options": Card(ANSWERS, shape="box", pitch=(42, 30)),
}


@pytest.mark.parametrize("card", KINDS.values(), ids=list(KINDS))
def test_a_card_of_every_kind_is_read(card: Card) -> None:
    assert texts_of(card_of(draw(card))) == list(ANSWERS)


@pytest.mark.parametrize("fill", ["full", "blot", "scribble", "stroke", "cross", "tick"])
@pytest.mark.parametrize("shape", ["bracket", "ring", "box"])
def test_a_mark_of_every_form_is_seen(shape: str, fill: str) -> None:
    sides = (32, 32) if shape == "ring" else (36, 24)
    card = Card(ANSWERS, shape=shape, sides=sides, pitch=(58, 46), fill=fill)
    assert texts_of(card_of(draw(card))) == list(ANSWERS)


def test_a_dot_in_a_bare_ring_is_a_mark() -> None:
    card = replace(KINDS["bare rings under letters"], fill="dot")
    assert texts_of(card_of(draw(card))) == list(ANSWERS)


def _shaded(image: np.ndarray) -> np.ndarray:
    shade = np.linspace(1, 0.55, image.shape[1])[None, :, None]
    return (image * shade).astype(np.uint8)


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "shade": _shaded,
    "blur": lambda image: cv2.GaussianBlur(image, (5, 5), 0),
    "noise": lambda image: np.clip(
        image + np.random.default_rng(1).normal(0, 8, image.shape), 0, 255
    ).astype(np.uint8),
    "JPEG": lambda image: cv2.imdecode(
        cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 35])[1], cv2.IMREAD_COLOR
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
@pytest.mark.parametrize("kind", ["brackets around letters", "bare rings under letters"])
def test_a_poor_picture_is_read(kind: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    drawn = draw(KINDS[kind])
    drawn.image = change(drawn.image)
    assert texts_of(card_of(drawn)) == list(ANSWERS)


@pytest.mark.parametrize("shift", [-0.05, 0.05])
@pytest.mark.parametrize("kind", ["rings around letters", "two bands", "options that run down"])
def test_a_card_photographed_from_aside_is_read(kind: str, shift: float) -> None:
    drawn = draw(KINDS[kind])
    height, width = drawn.image.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = np.array([[1, 0], [-1, 0], [0, 0], [0, 0]], np.float32) * shift * width
    matrix = cv2.getPerspectiveTransform(source, source + inwards)
    assert texts_of(card_of(drawn.turned(matrix))) == list(ANSWERS)


@pytest.mark.parametrize("degrees", [-1.0, 0.7])
def test_a_card_a_little_turned_is_read(degrees: float) -> None:
    drawn = draw(KINDS["brackets around letters"])
    height, width = drawn.image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix = np.vstack([turn, [0, 0, 1]])
    assert texts_of(card_of(drawn.turned(matrix))) == list(ANSWERS)


@pytest.mark.parametrize("seed", range(12))
def test_no_answer_of_a_random_card_is_surely_wrong(seed: int) -> None:
    chance = np.random.default_rng(seed)
    shape = str(chance.choice(["bracket", "ring", "box"]))
    height = int(chance.integers(18, 38))
    width = height if shape == "ring" else int(height * chance.uniform(1.4, 1.9))
    labels = str(chance.choice(["ABCD", "ABCDE", "ABC"]))
    choices = ["", *labels]
    answers = tuple(str(chance.choice(choices, p=None)) for _ in range(20))
    card = Card(
        answers,
        shape=shape,
        labels=labels,
        sides=(width, height),
        pitch=(round(width * chance.uniform(1.35, 2.2)), round(height * chance.uniform(1.4, 2.4))),
        fill=str(chance.choice(["full", "blot", "scribble", "stroke", "cross", "tick"])),
        pen=PENCIL if chance.random() < 0.4 else (35, 35, 40),
        across=bool(chance.random() < 0.7),
        margin=180,
    )
    found = answers_of(card_of(draw(card)))
    right = [found.get(str(n), ("?", 0.0))[0] == text for n, text in enumerate(answers, start=1)]
    # Pale strokes over the lines of a letter are left to a person.
    assert sum(right) >= len(answers) - 3
    for number, (text, confidence) in found.items():
        assert text == answers[int(number) - 1] or confidence < SURE


def test_an_empty_row_is_surely_unanswered() -> None:
    card = Card(("", *ANSWERS[1:]))
    text, confidence = answers_of(card_of(draw(card)))["1"]
    assert (text, confidence >= SURE) == ("", True)


def test_an_empty_card_has_no_answers() -> None:
    assert texts_of(card_of(draw(Card(("",) * 20)))) == [""] * 20


def test_of_two_equal_marks_both_are_kept_for_a_person_to_look_at() -> None:
    text, confidence = answers_of(card_of(draw(Card(("AC", *ANSWERS[1:])))))["1"]
    assert (text, confidence < SURE) == ("AC", True)


def test_two_marks_are_sure_where_many_rows_have_them() -> None:
    card = Card(("AC", "BD", "ABD", "C", "AB", "CD", "A", "BC", "AD", "B"))
    found = answers_of(card_of(draw(card)))
    assert [text for text, _ in found.values()] == list(card.answers)
    assert all(confidence >= SURE for _, confidence in found.values())


def test_an_erased_option_beside_a_strong_mark_is_no_answer() -> None:
    drawn = draw(Card(ANSWERS))
    erased = draw(Card(("D", *ANSWERS[1:]), pen=FAINT)).image
    # Row 1 has its mark at B; what is left at D is a grey.
    top, left = 130 - 17, 130 + 3 * 52 - 26
    faded = (
        0.25 * erased[top : top + 34, left : left + 52]
        + 0.75 * drawn.image[top : top + 34, left : left + 52]
    )
    drawn.image[top : top + 34, left : left + 52] = faded.astype(np.uint8)
    assert answers_of(card_of(drawn))["1"][0] == ANSWERS[0]


def test_true_and_false_are_answered_as_printed() -> None:
    answers = tuple("TFFTFTTFFT")
    assert texts_of(card_of(draw(Card(answers, labels="TF")))) == list(answers)


def test_five_options_and_more_are_read() -> None:
    answers = tuple("GEAFBCDAGE")
    assert texts_of(card_of(draw(Card(answers, labels="ABCDEFG", blocks=1)))) == list(answers)


def test_a_column_of_which_all_options_are_filled_is_read() -> None:
    assert texts_of(card_of(draw(Card(("A",) * 10)))) == ["A"] * 10


def test_a_misread_number_is_outvoted() -> None:
    drawn = draw(Card(ANSWERS))
    wrong = {"3.": "8.", "12.": "72."}
    drawn.lines = [
        line.model_copy(
            update={
                "text": wrong[line.text],
                "chars": tuple(
                    char.model_copy(update={"text": sign})
                    for char, sign in zip(line.chars, wrong[line.text], strict=True)
                ),
            }
        )
        if line.text in wrong
        else line
        for line in drawn.lines
    ]
    assert texts_of(card_of(drawn)) == list(ANSWERS)


def test_numbers_that_no_line_has_are_read_one_by_one() -> None:
    drawn = draw(Card(ANSWERS[:10], blocks=1, rows=10))
    drawn.lines = [line for line in drawn.lines if not line.text.endswith(".")]
    reader = FakeReader([f"{n}." for n in range(1, 11)])
    assert texts_of(card_of(drawn, reader)) == list(ANSWERS[:10])


def test_counting_goes_on_from_an_earlier_page() -> None:
    found = answers_of(card_of(draw(Card(ANSWERS, first=41))))
    assert list(found) == [str(n) for n in range(41, 61)]


def test_grids_of_a_students_number_ask_nothing_and_tell_it() -> None:
    drawn = draw(Card(ANSWERS))
    rows, columns = 10, 6
    digits = Card(
        tuple("305821"),
        labels="0123456789",
        rows=columns,
        blocks=1,
        across=False,
        margin=110,
        sides=(30, 18),
        pitch=(46, 28),
    )
    number = draw(digits)
    # Its columns have no numbers.
    number.lines = [line for line in number.lines if line.bbox[1] > 110 - 18]
    number.image[: 110 - 14] = drawn.image[0, 0]
    gap = drawn.image.shape[0]
    height = gap + number.image.shape[0]
    image = np.full((height, max(drawn.image.shape[1], number.image.shape[1]), 3), 248, np.uint8)
    image[:gap, : drawn.image.shape[1]] = drawn.image
    image[gap:, : number.image.shape[1]] = number.image
    lines = [*drawn.lines, *(_lower(line, gap) for line in number.lines)]
    lines.append(TextLine(text="准考证号", bbox=(110, gap + 40, 200, 30)))
    reading = card_of(Drawn(image, lines))
    assert texts_of(reading) == list(ANSWERS)
    assert reading is not None
    assert [line.text for line in reading.lines] == ["准考证号", "准考证号: 305821"]
    assert rows * columns == 60


def _lower(line: TextLine, by: float) -> TextLine:
    x, y, width, height = line.bbox
    chars = tuple(
        TextChar(text=c.text, bbox=(c.bbox[0], c.bbox[1] + by, c.bbox[2], c.bbox[3]))
        for c in line.chars
    )
    return line.model_copy(update={"bbox": (x, y + by, width, height), "chars": chars})


def test_what_was_read_inside_is_left_out_and_headings_stay() -> None:
    drawn = draw(Card(ANSWERS))
    heading = TextLine(text="一、选择题（每小题3分，共60分）", bbox=(60, 40, 500, 30))
    reading = read_card(FakeReader(), page_ink(drawn.image), [heading, *drawn.lines])
    assert reading is not None
    assert reading.lines == (heading,)


def test_the_answers_belong_to_the_section_above_them() -> None:
    drawn = draw(Card(ANSWERS, blocks=4))
    heading = TextLine(text="一、选择题（每小题3分，共60分）", bbox=(60, 40, 500, 30))
    reading = read_card(FakeReader(), page_ink(drawn.image), [heading, *drawn.lines])
    assert reading is not None
    height, width = drawn.image.shape[:2]
    page = PageText(page=1, width_px=width, height_px=height, lines=reading.lines)
    read = read_paper([with_card(page, reading)])
    assert [(section.label, section.points) for section in read.sections] == [("一", 60)]
    assert [q.answer.text for q in read.questions if q.answer] == list(ANSWERS)
    assert all(q.answer and q.answer.confidence >= SURE for q in read.questions)


def test_the_last_options_of_a_card_are_answers_as_sure_as_the_first() -> None:
    answers = tuple("EDCBAEDCBA")
    drawn = draw(Card(answers, labels="ABCDE"))
    reading = card_of(drawn)
    assert reading is not None
    page = PageText(page=1, width_px=900, height_px=900, lines=reading.lines)
    read = read_paper([with_card(page, reading)])
    assert [q.answer.text for q in read.questions if q.answer] == list(answers)
    assert all(q.answer and q.answer.confidence >= SURE for q in read.questions)
