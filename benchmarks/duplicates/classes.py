"""Draws classes: many students' sheets of one template, and each again with one other answer."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from fonts import Hand
from markup import to_source
from numpy.typing import NDArray
from paper import AnswerPlace, Item, Manner, Paper, Response
from pen import Pen
from student import choose_pen, write_answer, write_head
from typeset import Sheets, typeset

from shared.contract.questions import QuestionType

PPI = 150
_OTHER_SIGN = {"√": "×", "×": "√", "T": "F", "F": "T", "对": "错", "错": "对"}
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One student's page, and the same page with one answer different; RGB pixels."""

    student: int
    page: Pixels
    with_other_answer: Pixels
    change: str


def draw_class(paper: Paper, students: int, hands: Sequence[Hand], seed: int) -> list[Sheet]:
    """``students`` sheets of the template ``paper``, every student with answers of their own."""
    printed = typeset(to_source(paper), PPI)
    return [_sheet(paper, printed, hands, seed, student) for student in range(students)]


def _sheet(paper: Paper, printed: Sheets, hands: Sequence[Hand], seed: int, student: int) -> Sheet:
    for attempt in range(50):
        lot = random.Random(f"{seed}:{student}:{attempt}")  # noqa: S311 -- no secret
        ours = _answered(paper, lot)
        address, other = _with_one_other(ours, lot)
        pen = choose_pen(hands, ours, lot, PPI)
        if pen is None or choose_pen(hands, other, lot, PPI) is None:
            continue
        first, second = (
            _written(completed, printed, pen, f"{seed}:{student}") for completed in (ours, other)
        )
        differing = [n for n, page in enumerate(first) if not np.array_equal(page, second[n])]
        if differing:
            number = differing[0]
            return Sheet(student, first[number], second[number], address)
    raise RuntimeError(f"no hand can write the answers of student {student}")


def _answered(paper: Paper, lot: random.Random) -> Paper:
    """The template as another student would answer it."""
    sections = tuple(
        replace(
            section,
            items=tuple(
                replace(item, response=_some_response(item, lot)) for item in section.items
            ),
        )
        for section in paper.sections
    )
    head = tuple(
        (label, f"{lot.randrange(10_000):04d}" if value.isdigit() else value)
        for label, value in paper.head
    )
    return replace(paper, sections=sections, head=head)


def _some_response(item: Item, lot: random.Random) -> Response:
    if lot.random() < 0.04:
        return Response("", Manner.EMPTY)
    manner = item.response.manner
    is_marked = manner in {Manner.CIRCLED, Manner.TICKED}
    # Two students in three know it, as in a class.
    text = item.answer.split("|")[0] if lot.random() < 0.67 else _other_text(item, lot)
    return Response(text, manner if is_marked else Manner.PLAIN)


def _other_text(item: Item, lot: random.Random) -> str:
    """An answer that differs from the present one."""
    text = item.response.text or item.answer.split("|")[0]
    if item.type is QuestionType.SINGLE_CHOICE:
        return lot.choice([letter for letter in "ABCD"[: len(item.options)] if letter != text])
    if item.type is QuestionType.MULTIPLE_CHOICE:
        return lot.choice([letters for letters in ("AB", "AC", "BD", "BCD") if letters != text])
    if text in _OTHER_SIGN:
        return _OTHER_SIGN[text]
    return text[:-1] + lot.choice([digit for digit in "123456789" if digit != text[-1:]])


def _with_one_other(paper: Paper, lot: random.Random) -> tuple[str, Paper]:
    """``paper`` with one written answer changed, and where."""
    choices = [
        (address, item)
        for address, section, item in paper.addressed()
        if item.response.manner is Manner.PLAIN and section.place is not AnswerPlace.OPTIONS
    ]
    address, chosen = lot.choice(choices)
    changed = replace(chosen, response=Response(_other_text(chosen, lot)))
    sections = tuple(
        replace(
            section,
            items=tuple(changed if item is chosen else item for item in section.items),
        )
        for section in paper.sections
    )
    return f"{address}: {chosen.response.text} {changed.response.text}", replace(
        paper, sections=sections
    )


def _written(paper: Paper, printed: Sheets, pen: Pen, seed: str) -> tuple[Pixels, ...]:
    """The completed pages. Every answer has its own chance, so that one can change alone."""
    pages = tuple(page.copy() for page in printed.pages)
    pen.rng = random.Random(seed)  # noqa: S311 -- no secret
    write_head(paper, pages, printed, pen)
    for address, section, item in paper.addressed():
        pen.rng = random.Random(f"{seed}:{address}")  # noqa: S311 -- no secret
        write_answer(pages, printed, pen, (address, section, item))
    return tuple(np.asarray(page) for page in pages)
