"""Marks as teachers make them: hooked ticks over lines, half ticks, rings, strokes, -6, totals."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from fonts import Hand
from PIL import Image
from typeset import Place, Sheets

from shared.contract.model import BBox
from uploads.habits import choose_habits
from uploads.hand import ChildPen
from uploads.sheet import Question, Sheet

_REDS = ((214, 30, 40), (196, 34, 52), (228, 58, 60), (206, 20, 72))
_PRAISE = {"zh": ("优", "优+", "A", "阅"), "en": ("Good!", "A", "B+", "Well done")}


@dataclass(frozen=True, slots=True)
class RedMark:
    """A mark for the truth: ``kind`` is tick, half_tick, cross, ring, stroke, deduction, total.

    ``address`` is the question's, or the label of a section, or "" for the page.
    """

    kind: str
    page: int
    box: BBox
    address: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Marking:
    """What a teacher left: marks, and the total that is written on the sheet, None without one."""

    marks: tuple[RedMark, ...]
    total: float | None


def mark(
    sheet: Sheet,
    pages: Sequence[Image.Image],
    printed: Sheets,
    hands: tuple[Sequence[Hand], Sequence[Hand]],
    rng: random.Random,
    ppi: int,
) -> Marking:
    """Mark ``pages`` in red, every question, section by section, or the page as a whole."""
    colour = rng.choice(_REDS)
    habits = choose_habits(rng)
    width = rng.uniform(1.4, 2.8) * ppi / 150
    pen = ChildPen(rng.choice(hands[0]), colour, rng, width, rng.choice(hands[1]), habits=habits)
    return _Teacher(sheet, pages, printed, pen, ppi).mark(
        rng.choice(("each", "each", "section", "page"))
    )


class _Teacher:
    def __init__(
        self, sheet: Sheet, pages: Sequence[Image.Image], printed: Sheets, pen: ChildPen, ppi: int
    ) -> None:
        self._sheet, self._pages, self._printed = sheet, pages, printed
        self._pen, self._rng, self._px = pen, pen.rng, ppi / 150
        self._marks: list[RedMark] = []

    def mark(self, habit: str) -> Marking:
        if habit == "each":
            # Nobody has time for long ticks on forty sums.
            large = self._rng.random() < (0.6 if len(self._sheet.questions) <= 24 else 0.15)
            for question in self._sheet.questions:
                self._question(question, is_large=large)
        else:
            for question in self._sheet.questions:
                if not question.is_right:
                    self._wrong(question)
            for group in self._groups(habit):
                self._over(group)
        if self._rng.random() < 0.5:
            self._deductions()
        total = self._total() if self._rng.random() < 0.6 else None
        if total is None and self._rng.random() < 0.5:
            self._word()
        return Marking(tuple(self._marks), total)

    def _place(self, question: Question) -> Place:
        return self._printed.places[question.places[0]]

    def _note(self, kind: str, page: int, box: BBox, address: str = "", text: str = "") -> None:
        self._marks.append(RedMark(kind, page, box, address, text))

    def _question(self, question: Question, *, is_large: bool) -> None:
        """A tick or a sign of what is wrong, on one question."""
        if not question.is_right:
            self._wrong(question)
            return
        place, rng = self._place(question), self._rng
        x, y, width, height = place.box
        if is_large:
            reach = height * rng.uniform(3, 6)
            corner = (x + width * rng.uniform(-0.3, 0.9), y + height * rng.uniform(0.5, 1.2))
            box = self._pen.hooked_tick(self._pages[place.page - 1], corner, reach)
        else:
            size = height * rng.uniform(1.0, 1.7)
            centre = (x + width + size * rng.uniform(0.2, 0.9), y + height * rng.uniform(0.2, 0.7))
            box = self._pen.tick(self._pages[place.page - 1], centre, size)
        self._note("tick", place.page, box, question.address)

    def _wrong(self, question: Question) -> None:
        place, rng, pen = self._place(question), self._rng, self._pen
        x, y, width, height = place.box
        page = self._pages[place.page - 1]
        kind = rng.choice(
            ("cross", "ring", "stroke", "half_tick" if len(question.places) > 1 else "cross")
        )
        if kind == "cross":
            box = pen.cross(
                page,
                (x + width + height * rng.uniform(0.4, 0.9), y + height / 2),
                height * rng.uniform(0.9, 1.4),
            )
        elif kind == "ring":
            pen.ring(page, place.box, rng.uniform(1.1, 1.35))
            box = place.box
        elif kind == "stroke":
            reach = height * rng.uniform(0.8, 1.6)
            pen.line(
                page,
                [
                    (x + width / 2 - reach, y + height),
                    (x + width / 2, y + height * 0.45),
                    (x + width / 2 + reach, y),
                ],
            )
            box = (x + width / 2 - reach, y, 2 * reach, height)
        else:
            box = pen.hooked_tick(page, (x + width * 0.4, y + height), height * rng.uniform(2, 4))
            bx, by, bw, bh = box
            pen.line(
                page,
                [
                    (bx + bw * 0.55, by + bh * 0.25),
                    (bx + bw * 0.7, by + bh * 0.45),
                    (bx + bw * 0.82, by + bh * 0.7),
                ],
            )
        self._note(kind, place.page, box, question.address)

    def _groups(self, habit: str) -> list[tuple[str, list[Question]]]:
        if habit == "page":
            return [("", list(self._sheet.questions))]
        labels = dict.fromkeys(question.label for question in self._sheet.questions)
        return [(label, [q for q in self._sheet.questions if q.label == label]) for label in labels]

    def _over(self, group: tuple[str, list[Question]]) -> None:
        """One tick over all of ``group`` that stands on its first page."""
        label, questions = group
        page = self._place(questions[0]).page
        boxes = [self._place(q).box for q in questions if self._place(q).page == page]
        left, right = min(b[0] for b in boxes), max(b[0] + b[2] for b in boxes)
        top, bottom = min(b[1] for b in boxes), max(b[1] + b[3] for b in boxes)
        line = boxes[0][3]
        reach = min(max(bottom - top, line * 3), line * 10) * self._rng.uniform(0.8, 1.2)
        room = max(1.0, right - left - reach * 0.6)
        corner = (left + room * self._rng.uniform(0.1, 0.7), (top + bottom) / 2 + reach * 0.25)
        box = self._pen.hooked_tick(self._pages[page - 1], corner, reach)
        self._note("tick", page, box, label)

    def _deductions(self) -> None:
        """What each section lost, beside its first place."""
        for label, questions in self._groups("section"):
            lost = sum(q.points for q in questions if not q.is_right)
            if not label or not lost or lost != round(lost):
                continue
            place = self._place(questions[0])
            x, y, _, height = place.box
            box = (
                x + height * 3,
                y - height * self._rng.uniform(1.2, 1.9),
                height * 2.4,
                height * 1.5,
            )
            page = self._pages[place.page - 1]
            limit = page.width - box[2] - 4
            box = (min(box[0], limit), max(2.0, box[1]), box[2], box[3])
            self._note(
                "deduction",
                place.page,
                self._pen.write(page, f"-{lost:g}", box),
                label,
                f"-{lost:g}",
            )

    def _total(self) -> float:
        """The total, large, in the upper part of the first page, mostly underlined."""
        sheet, rng, page = self._sheet, self._rng, self._pages[0]
        labels = {question.label for question in sheet.questions}
        is_pointed = labels <= set(sheet.section_points)
        total = sheet.earned if is_pointed else round(100 * sheet.earned / sheet.full)
        high = page.height * rng.uniform(0.03, 0.07)
        width = high * 2
        x = rng.choice((0.08, 0.72, 0.78)) * page.width
        y = page.height * rng.uniform(0.02, 0.06)
        written = self._pen.write(page, f"{round(total, 2):g}", (x, y, width, high))
        if rng.random() < 0.75:
            for lines in range(rng.choice((1, 1, 2))):
                level = written[1] + written[3] * (1.0 + 0.12 * lines)
                ends = (
                    (written[0] - 4, level + 3),
                    (written[0] + written[2] + 8, level - high * 0.12),
                )
                self._pen.line(
                    page,
                    [
                        ends[0],
                        self._pen.near(
                            ((ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2), 2
                        ),
                        ends[1],
                    ],
                )
        self._note("total", 1, written, "", f"{round(total, 2):g}")
        return float(round(total, 2))

    def _word(self) -> None:
        page, rng = self._pages[0], self._rng
        high = page.height * rng.uniform(0.02, 0.04)
        text = rng.choice(_PRAISE[self._sheet.language])
        if not self._pen.chinese or not self._pen.chinese.can_write(text):
            return
        box = (page.width * 0.75, page.height * 0.02, high * max(2, len(text) * 0.6), high)
        self._note("word", 1, self._pen.write(page, text, box), "", text)
