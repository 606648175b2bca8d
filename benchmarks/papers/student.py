"""Completes a printed paper: the student's answers, and a teacher's marks where wanted."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from fonts import Hand
from paper import AnswerPlace, Item, Manner, Paper, Section
from pen import BLACK, BLUE, RED, Box, Pen
from PIL import Image
from typeset import Place, Sheets


@dataclass(frozen=True, slots=True)
class Mark:
    """Something a teacher wrote, for the truth: ``text`` is the number of a written score."""

    kind: str
    page: int
    box: Box
    text: str = ""
    address: str = ""


def choose_pen(hands: Sequence[Hand], paper: Paper, rng: random.Random, ppi: int) -> Pen:
    """A pen whose hand can write every response of ``paper``."""
    words = "".join(item.response.text + item.response.first for _, _, item in paper.addressed())
    words += "".join(value for _, value in paper.head)
    able = [hand for hand in hands if hand.can_write(words)]
    return Pen(rng.choice(able), rng.choice([BLUE, BLACK, BLACK]), rng, stroke_px=2.4 * ppi / 150)


def answer(paper: Paper, sheets: Sheets, pen: Pen) -> tuple[Image.Image, ...]:
    """The pages with all responses and the head's values written on them."""
    pages = tuple(page.copy() for page in sheets.pages)
    for index, (_, value) in enumerate(paper.head):
        place = sheets.places[f"head:{index}"]
        pen.write(pages[place.page - 1], value, place.box)
    for address, section, item in paper.addressed():
        _respond(pages, sheets, pen, (address, section, item))
    return pages


def _respond(
    pages: tuple[Image.Image, ...],
    sheets: Sheets,
    pen: Pen,
    question: tuple[str, Section, Item],
) -> None:
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
    return x + width * 0.3, y + height * 0.3


def _letter_box(place: Place) -> Box:
    x, y, _, height = place.box
    return (x, y, height * 1.05, height)


def mark(paper: Paper, pages: tuple[Image.Image, ...], sheets: Sheets, pen: Pen) -> list[Mark]:
    """Mark ``pages`` in red as a teacher would; gives what was written where."""
    red = Pen(pen.hand, RED, pen.rng, stroke_px=pen.stroke_px * 1.1)
    marks = []
    for address, section, item in paper.addressed():
        place = _place_of(sheets, address, section)
        page = pages[place.page - 1]
        x, y, width, height = place.box
        size = height * red.rng.uniform(1.2, 1.7)
        # Beside the answer, never on it: a mark that hides an answer would make it unreadable.
        centre = (x + width + size * red.rng.uniform(0.9, 1.3), y + height * 0.3)
        box = red.tick(page, centre, size) if item.is_right else red.cross(page, centre, size)
        kind = "tick" if item.is_right else "cross"
        marks.append(Mark(kind, place.page, box, "", address))
    marks.extend(_write_scores(paper, pages, sheets, red))
    return marks


def _place_of(sheets: Sheets, address: str, section: Section) -> Place:
    if section.place is AnswerPlace.OPTIONS:
        return sheets.places[f"start:{address}"]
    return sheets.places[f"answer:{address}"]


def _write_scores(
    paper: Paper, pages: tuple[Image.Image, ...], sheets: Sheets, red: Pen
) -> list[Mark]:
    marks = []
    earned = {
        section.label: sum(item.points for item in section.items if item.is_right)
        for section in paper.sections
    }
    for label, value in [*earned.items(), ("total", sum(earned.values()))]:
        place = sheets.places.get(f"score:{label}")
        if place is not None:
            text = f"{value:g}"
            box = red.write(pages[place.page - 1], text, place.box)
            marks.append(Mark("score", place.page, box, text, label))
    return marks
