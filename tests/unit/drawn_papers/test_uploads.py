"""Sheets as people upload them: the same from one seed, and their truth is what is drawn."""

import random
import re
from dataclasses import replace
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typeset import Place, Sheets, typeset
from uploads.camera import take
from uploads.completing import complete
from uploads.drawing import KINDS, compose_sheet, draw, entry
from uploads.hand import choose_child
from uploads.sheet import Manner, Sheet, Writing
from uploads.shots import Shot

from examlens.evaluate.reading_manifest import ReadingPaper, parse_address
from tests.unit.drawn_papers.hands import HAND, WORKSHOP

#: Sorts of sheets; the other kinds are these in another print or picture.
_SORTS = ("drill", "homework", "card", "words", "worksheet")
_SHEETS = [(sort, index) for sort in _SORTS for index in range(4)]
_MARKS = {
    Manner.RINGED, Manner.TICKED, Manner.FILLED, Manner.HALF_FILLED, Manner.DOTTED, Manner.LINED,
    Manner.CROSSED, Manner.TICKED_IN,
}  # fmt: skip


def _sheet(kind: str, index: int) -> Sheet:
    return compose_sheet(kind, index, random.Random(f"{kind}:7:{index}"))[0]  # noqa: S311 - seeded


@cache
def _printed(kind: str, index: int) -> Sheets:
    return typeset(_sheet(kind, index).source, 100)


def _completed(kind: str, index: int) -> tuple[Image.Image, ...]:
    pen = choose_child(((HAND,), (HAND,)), random.Random(index), 100, {})  # noqa: S311 - seeded
    return complete(_sheet(kind, index), _printed(kind, index), pen)


def test_there_is_a_kind_for_all_that_people_upload() -> None:
    assert set(KINDS) == {
        "drill", "homework", "card", "words", "worksheet", "coloured", "graded", "photo",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_sheet(kind: str) -> None:
    first, second = (draw(kind, 1, 5, WORKSHOP, ppi=60) for _ in range(2))

    assert first == second
    assert first != draw(kind, 1, 6, WORKSHOP, ppi=60)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_is_pictures_and_an_entry_of_a_manifest(kind: str) -> None:
    drawn = draw(kind, 0, 3, WORKSHOP, ppi=60, keys="all")
    names = [f"{number}.{drawn.suffix}" for number in range(len(drawn.images))]

    paper = ReadingPaper.model_validate({"files": names, **drawn.entry})

    assert paper.kind == kind
    assert all(Image.open(BytesIO(image)).width > 100 for image in drawn.images)
    assert paper.truth.answers
    assert paper.key is not None


@pytest.mark.parametrize(("kind", "index"), _SHEETS)
def test_every_answer_of_the_truth_is_written_or_marked_at_its_place(kind: str, index: int) -> None:
    sheet = _sheet(kind, index)
    for question in sheet.questions:
        at = [w for w in sheet.writings if w.place in question.places]
        written = "；".join(w.text for w in at if w.text)
        marked = {
            w.place.rpartition(":")[2]
            for w in sheet.writings
            if w.manner in _MARKS
            and re.match(rf"(bubble|option):{re.escape(question.address)}:", w.place)
        }
        if question.response:
            assert written == question.response or marked == {question.response}, question
        else:
            assert not at
            assert not marked


@pytest.mark.parametrize(("kind", "index"), _SHEETS)
def test_every_place_is_printed_inside_its_page(kind: str, index: int) -> None:
    sheet, printed = _sheet(kind, index), _printed(kind, index)
    named = {w.place for w in sheet.writings} | {p for q in sheet.questions for p in q.places}

    for name in named:
        place = printed.places[name]
        page = printed.pages[place.page - 1]
        x, y, width, height = place.box
        assert x >= 0, name
        assert y >= 0, name
        assert x + width <= page.width, name
        assert y + height <= page.height, name


@pytest.mark.parametrize(("kind", "index"), _SHEETS)
def test_ink_lies_where_something_was_written_and_in_no_empty_place(kind: str, index: int) -> None:
    sheet, printed = _sheet(kind, index), _printed(kind, index)
    added = [
        np.any(np.asarray(page) != np.asarray(blank), axis=2)
        for page, blank in zip(_completed(kind, index), printed.pages, strict=True)
    ]

    def has_ink(name: str) -> bool:
        place = printed.places[name]
        x, y, width, height = (round(v) for v in place.box)
        # The middle: large writing of a neighbour may reach over an edge.
        rows = slice(y + height // 3, y + height - height // 3)
        return bool(added[place.page - 1][rows, x : x + width].any())

    for writing in sheet.writings:
        assert has_ink(writing.place), writing
    for question in sheet.questions:
        if not question.response and kind != "card":
            assert not any(has_ink(place) for place in question.places), question


@pytest.mark.parametrize("index", range(4))
def test_the_filled_bubble_is_the_one_that_got_darkest(index: int) -> None:
    sheet, printed = _sheet("card", index), _printed("card", index)
    pages = _completed("card", index)

    def darker(name: str) -> float:
        place = printed.places[name]
        x, y, width, height = (round(v) for v in place.box)
        box = (x, y, x + width, y + height)
        before = np.asarray(printed.pages[place.page - 1].convert("L").crop(box)).astype(float)
        return float((before - np.asarray(pages[place.page - 1].convert("L").crop(box))).mean())

    for question in sheet.questions:
        bubbles = {c: f"bubble:{question.address}:{c}" for c in "ABCDE"}
        added = {c: darker(name) for c, name in bubbles.items() if name in printed.places}
        if added and question.response:
            assert max(added, key=added.__getitem__) == question.response, question


@pytest.mark.parametrize(("kind", "index"), _SHEETS)
def test_points_of_sections_are_the_sum_of_their_questions(kind: str, index: int) -> None:
    sheet = _sheet(kind, index)

    sums = {
        label: sum(q.points for q in sheet.questions if q.label == label)
        for label in sheet.section_points
    }

    assert sums == pytest.approx(sheet.section_points)


@pytest.mark.parametrize(("kind", "index"), _SHEETS)
def test_no_two_questions_have_one_address(kind: str, index: int) -> None:
    addresses = [parse_address(q.address) for q in _sheet(kind, index).questions]

    assert len(set(addresses)) == len(addresses)


def test_sums_of_a_drill_are_right_where_the_truth_says_so() -> None:
    checked = 0
    for index in range(20):
        sheet = _sheet("drill", index)
        sums = {
            place: text
            for text, place in re.findall(r'#"([^"]*?) =";#slot\("answer:([^"]*)"', sheet.source)
        }
        for question in sheet.questions:
            text = sums.get(f"{question.label}.{question.number}")
            if text is None:
                continue
            assert float(question.answer) == pytest.approx(_worked(text)), text
            checked += 1
    assert checked > 100


def test_sums_without_numbers_count_down_their_columns() -> None:
    drills = [(index, _sheet("drill", index)) for index in range(12)]
    plain = [(i, s) for i, s in drills if not s.section_titles and "[#box[" in s.source]

    assert plain
    for index, sheet in plain:
        places = _printed("drill", index).places
        at = {q.number: places[q.places[0]].box for q in sheet.questions}
        assert at["2"][1] > at["1"][1] + at["1"][3] / 2


def test_coloured_sheets_have_colour_graded_ones_marks_and_photos_no_scanner() -> None:
    coloured = draw("coloured", 0, 3, WORKSHOP, ppi=60).details
    graded = draw("graded", 0, 3, WORKSHOP, ppi=60).details
    photo = draw("photo", 0, 3, WORKSHOP, ppi=60).details

    assert coloured["look"]["is_coloured"]
    assert graded["marks"]
    assert photo["shot"]["kind"] == "photo"


def test_a_scan_in_black_and_white_keeps_pencil_and_white_words_on_a_ribbon() -> None:
    page = Image.new("RGB", (400, 300), "white")
    brush = ImageDraw.Draw(page)
    brush.rectangle((20, 20, 200, 60), fill="#1c4f9c")
    brush.rectangle((60, 36, 160, 42), fill="white")
    brush.line((40, 200, 300, 200), fill=(170, 170, 170), width=3)

    scan = Image.open(BytesIO(take(page, Shot("binary"), np.random.default_rng(1))))
    scanned = np.asarray(scan.convert("L"))

    assert scanned[39, 100] > 200
    assert scanned[28, 100] < 60
    assert scanned[199:203, 150].min() < 60
    assert scanned[120, 200] > 240


def test_no_letter_of_a_word_is_written_over_the_one_before() -> None:
    pen = choose_child(((HAND,), (HAND,)), random.Random(3), 150, {})  # noqa: S311 - seeded
    pen.habits = replace(pen.habits, draws_strokes=False)

    for letter in "abcdefghijklmnopqrstuvwxyz":
        font = pen._font(letter, pen._em_px(letter, 40))
        assert font is not None
        (advance,) = pen._advances(letter, 40)
        assert advance >= font.getbbox(letter, anchor="ls")[2]


@pytest.mark.parametrize("manner", [Manner.REWRITTEN, Manner.BLOTTED])
def test_what_is_struck_after_an_equals_sign_leaves_the_sign_to_be_seen(manner: Manner) -> None:
    sheet = Sheet("drill", "maths", "zh", "")
    sheet.writings.append(Writing("answer", "48", manner, "42", is_centred=False))
    blank = Image.new("RGB", (300, 100), "white")
    printed = Sheets((blank,), {"answer": Place(1, (100, 30, 50, 30))})

    for seed in range(12):
        pen = choose_child(((HAND,), (HAND,)), random.Random(seed), 150, {})  # noqa: S311 - seeded
        (page,) = complete(sheet, printed, pen)
        assert np.asarray(page)[:, :97].min() > 200, seed


def test_verdicts_say_what_was_answered() -> None:
    sheet = _sheet("drill", 2)
    verdicts = entry("drill", sheet, None, has_key=False)["truth"]["verdicts"]

    for question in sheet.questions:
        wanted = "correct" if question.response == question.answer else "incorrect"
        assert verdicts[question.address] == (wanted if question.response else "unanswered")


def test_a_hand_keeps_its_form_of_a_digit_and_another_hand_has_its_own() -> None:
    sources = [random.Random(seed) for seed in range(12)]  # noqa: S311 - seeded
    ways = [choose_child(((HAND,), (HAND,)), source, 150, {}) for source in sources]
    pens = [pen for pen in ways if pen.habits.draws_strokes]

    first = [pen._form("4") for pen in pens]

    assert first == [pen._form("4") for pen in pens]
    assert len(set(first)) == len(pens)


def _worked(text: str) -> float:
    """The value of a printed sum, by the rules of arithmetic."""
    python = text.replace("×", "*").replace("÷", "/")
    assert re.fullmatch(r"[\d.+\-*/() ]+", python), python
    return float(eval(python))  # noqa: S307 - digits, signs and brackets only
