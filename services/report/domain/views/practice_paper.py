"""A practice paper as its template draws it: the questions, their key, or both."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.report.domain.text.formula_tree import Node, runs
from services.report.domain.text.labels import words
from services.report.domain.text.plain_text import clean, display_width
from shared.contract.failures import Language
from shared.contract.practice import PracticeItem, PracticePaper
from shared.contract.questions import QuestionType

#: Room for the answer below a question; a choice needs none.
_ROOM_MM = {
    QuestionType.FILL_IN: 16,
    QuestionType.TRUE_FALSE: 4,
    QuestionType.SHORT_ANSWER: 38,
    QuestionType.ESSAY: 90,
}
#: Options up to these widths, in columns of text, stand four or two in a line; others stand alone.
_FOUR_IN_LINE, _TWO_IN_LINE = 14, 34
_WRITTEN_SHORTLY = frozenset({QuestionType.FILL_IN, QuestionType.SHORT_ANSWER})
#: An answer of at most this width, in columns of text, fits on a line.
_SHORT_ANSWER = 40
_EASY_BELOW, _HARD_ABOVE = 0.4, 0.65


class PracticePart(StrEnum):
    """What a file shows."""

    PAPER = "paper"
    KEY = "key"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PracticeOption:
    """One choice."""

    label: str
    text: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class PracticeQuestion:
    """One item; texts are runs of words and formulas."""

    number: int
    type: str
    level: str
    stem: tuple[Node, ...]
    options: tuple[PracticeOption, ...]
    options_per_line: int
    answer: tuple[Node, ...]
    solution: tuple[Node, ...]
    room_mm: int
    #: Whether a short answer is written on a line of its own.
    has_line: bool


@dataclass(frozen=True, slots=True)
class PracticeGroup:
    """The items of one knowledge point."""

    name: str
    path: str
    questions: tuple[PracticeQuestion, ...]


@dataclass(frozen=True, slots=True)
class PracticeView:
    """Everything that the practice paper's template needs."""

    lang: str
    words: dict[str, str]
    part: str
    title: str
    intro: str
    #: Names the points for which there was no item; empty where there is none.
    unserved: str
    key_intro: str
    groups: tuple[PracticeGroup, ...]


def view_practice(paper: PracticePaper, part: PracticePart) -> PracticeView:
    """``paper`` in its language; questions are numbered through all groups."""
    label = words(paper.language)
    groups: list[PracticeGroup] = []
    number = 0
    for point, items in _grouped(paper):
        questions = []
        for item in items:
            number += 1
            questions.append(_view_item(item, number, label))
        name, path = clean(point[-1]), " › ".join(clean(part) for part in point[:-1])
        groups.append(PracticeGroup(name, path, tuple(questions)))
    return PracticeView(
        lang="zh-CN" if paper.language is Language.ZH else "en",
        words=label,
        part=part.value,
        title=clean(paper.title) or label["practice"],
        intro=label["practice_intro"].format(n=number),
        unserved=label["practice_unserved"].format(
            names=label["separator"].join(clean(point.name) for point in paper.unserved)
        )
        if paper.unserved
        else "",
        key_intro=label["key_intro"].format(n=number),
        groups=tuple(groups),
    )


def _grouped(paper: PracticePaper) -> list[tuple[tuple[str, ...], list[PracticeItem]]]:
    """Neighbouring items of one point as a group. Bank items join the point that is practised."""
    targets = {point.id: point.path for point in paper.points}
    names = {point.name: point.path for point in paper.points}
    groups: list[tuple[tuple[str, ...], list[PracticeItem]]] = []
    for item in paper.items:
        own = [targets[point.id] for point in item.knowledge_points if point.id in targets]
        own += [names[name] for p in item.knowledge_points for name in p.path if name in names]
        path = own[0] if own else (groups[-1][0] if groups else item.knowledge_points[0].path)
        if groups and groups[-1][0] == path:
            groups[-1][1].append(item)
        else:
            groups.append((path, [item]))
    return groups


def _view_item(item: PracticeItem, number: int, label: Mapping[str, str]) -> PracticeQuestion:
    widest = max((display_width(option.text) for option in item.options), default=0)
    per_line = 4 if widest <= _FOUR_IN_LINE else (2 if widest <= _TWO_IN_LINE else 1)
    level = "medium"
    if item.difficulty < _EASY_BELOW:
        level = "easy"
    elif item.difficulty > _HARD_ABOVE:
        level = "hard"
    return PracticeQuestion(
        number=number,
        type=label[item.type.value],
        level=label[level],
        stem=_runs(item.stem),
        options=tuple(
            PracticeOption(clean(option.label), _runs(option.text)) for option in item.options
        ),
        options_per_line=per_line,
        answer=_runs(item.answer),
        solution=_runs(item.solution),
        has_line=not item.options
        and item.type in _WRITTEN_SHORTLY
        and display_width(item.answer) <= _SHORT_ANSWER,
        room_mm=0 if item.options else _ROOM_MM.get(item.type, 16),
    )


def _runs(text: str) -> tuple[Node, ...]:
    return runs(clean(text))
