"""Completes a printed paper: the student's answers, and a teacher's marks where wanted."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from fonts import Hand
from paper import AnswerPlace, Item, Manner, Paper, Section
from pen import BLACK, BLUE, RED, Pen
from PIL import Image
from typeset import Place, Sheets

from shared.contract.model import BBox


@dataclass(frozen=True, slots=True)
class Mark:
    """Something a teacher wrote, for the truth: ``text`` is the number of a written score."""

    kind: str
    page: int
    box: BBox
    text: str = ""
    address: str = ""


def choose_pen(hands: Sequence[Hand], paper: Paper, rng: random.Random, ppi: int) -> Pen | None:
    """A pen that can write every response of ``paper``; None when no two hands together can."""
    words = "".join(item.response.text + item.response.first for _, _, item in paper.addressed())
    words += "".join(value for _, value in paper.head)
    chinese = [h for h in hands if h.can_write("".join(c for c in words if not c.isascii()))]
    latin = [h for h in hands if h.can_write("".join(c for c in words if c.isascii()))]
    if not chinese or not latin:
        return None
    hand = rng.choice(latin)
    colour = rng.choice([BLUE, BLACK, BLACK])
    width = rng.uniform(2.0, 3.0) * ppi / 150
    return Pen(hand, colour, rng, width, hand if hand in chinese else rng.choice(chinese))


def answer(paper: Paper, sheets: Sheets, pen: Pen) -> tuple[Image.Image, ...]:
    """The pages with all responses and the head's values written on them."""
    pages = tuple(page.copy() for page in sheets.pages)
    write_head(paper, pages, sheets, pen)
    for address, section, item in paper.addressed():
        write_answer(pages, sheets, pen, (address, section, item))
    return pages


def write_head(paper: Paper, pages: tuple[Image.Image, ...], sheets: Sheets, pen: Pen) -> None:
    """Write the values of the head: name, class and number."""
    for index, (_, value) in enumerate(paper.head):
        place = sheets.places[f"head:{index}"]
        pen.write(pages[place.page - 1], value, place.box)


def write_answer(
    pages: tuple[Image.Image, ...],
    sheets: Sheets,
    pen: Pen,
    question: tuple[str, Section, Item],
) -> None:
    """Write the response to one addressed question where it belongs."""
    address, section, item = question
    response = item.response
    if response.manner is Manner.EMPTY:
        return
    if section.place is AnswerPlace.OPTIONS:
        for letter in response.text:
            place = sheets.places[f"option:{address}:{letter}"]
            page = pages[place.page - 1]
            if response.manner is Manner.TICKED:
                pen.tick(page, _left_of(place), place.box[3] * 1.7)
            else:
                pen.circle(page, _letter_box(place))
        return
    place = sheets.places[f"answer:{address}"]
    page = pages[place.page - 1]
    x, y, width, height = place.box
    if response.manner is Manner.REWRITTEN:
        written = pen.write(page, response.first, (x, y, width / 2, height))
        pen.strike(page, written)
        pen.write(page, response.text, (x + width / 2, y, width / 2, height))
        return
    pen.write(page, response.text, place.box)


def _left_of(place: Place) -> tuple[float, float]:
    x, y, width, height = place.box
    return x + width * 0.05, y + height * 0.3


def _letter_box(place: Place) -> BBox:
    x, y, _, height = place.box
    return (x, y, height * 1.05, height)


def mark(paper: Paper, pages: tuple[Image.Image, ...], sheets: Sheets, pen: Pen) -> list[Mark]:
    """Mark ``pages`` in red as a teacher would; gives what was written where."""
    red = Pen(pen.hand, RED, pen.rng, pen.stroke_px * 1.1, pen.chinese)
    # Some teachers write each question's points instead of ticks and crosses.
    writes_points = red.rng.random() < 0.25
    marks = []
    for address, section, item in paper.addressed():
        place = _place_of(sheets, address, section)
        size = place.box[3] * red.rng.uniform(1.1, 1.5)
        centre = _beside(place, section, size)
        page = pages[place.page - 1]
        if writes_points:
            text = f"{item.points if item.is_right else 0:g}"
            box = (centre[0] - size / 2, centre[1] - size / 2, size, size)
            marks.append(Mark("score", place.page, red.write(page, text, box), text, address))
            continue
        draw, kind = (red.tick, "tick") if item.is_right else (red.cross, "cross")
        marks.append(Mark(kind, place.page, draw(page, centre, size), "", address))
    marks.extend(_write_scores(paper, pages, sheets, red))
    return marks


def _place_of(sheets: Sheets, address: str, section: Section) -> Place:
    if section.place is AnswerPlace.OPTIONS:
        start = sheets.places[f"start:{address}"]
        x, y, _, _ = start.box
        height = sheets.places[f"option:{address}:A"].box[3]
        return Place(start.page, (x, y, height, height))
    return sheets.places[f"answer:{address}"]


def _beside(place: Place, section: Section, size: float) -> tuple[float, float]:
    """Where a mark goes: near the answer, never on it, or the answer would become unreadable."""
    x, y, width, height = place.box
    if section.place in {AnswerPlace.TABLE, AnswerPlace.TABLE_AT_END}:
        return x + width * 0.6, y + height + size * 0.55
    if section.place in {AnswerPlace.FRONT, AnswerPlace.OPTIONS}:
        return x - size * 0.75, y + height * 0.4
    return x + width + size * 0.9, y + height * 0.3


def _write_scores(
    paper: Paper, pages: tuple[Image.Image, ...], sheets: Sheets, red: Pen
) -> list[Mark]:
    marks = []
    for section in paper.sections:
        place = sheets.places.get(f"score:{section.label}")
        if place is not None:
            earned = sum(item.points for item in section.items if item.is_right)
            box = red.write(pages[place.page - 1], f"{earned:g}", place.box)
            marks.append(Mark("score", place.page, box, f"{earned:g}", section.label))
    width, height = pages[0].size
    # Without a score table the total stands large in the upper right corner.
    corner = Place(1, (width * 0.84, height * 0.035, width * 0.09, height * 0.03))
    place = sheets.places.get("score:total", corner)
    box = red.write(pages[place.page - 1], f"{paper.earned:g}", place.box)
    marks.append(Mark("score", place.page, box, f"{paper.earned:g}", "total"))
    return marks
