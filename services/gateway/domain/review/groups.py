"""Questions to review, grouped: what reads alike is decided together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.contract.documents import QuestionResult
from shared.contract.questions import QuestionType

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One student's question; ``student`` is None where nobody said whose it is."""

    exam_id: str
    paper_id: str | None
    student: str | None
    question: QuestionResult


@dataclass(frozen=True, slots=True)
class ReviewGroup:
    """Answers to one question that read alike, least certain first."""

    name: str
    paper_id: str | None
    answer: str | None
    expected: str | None
    full_score: float | None
    type: QuestionType
    is_like_key: bool
    members: tuple[Reviewed, ...]


def group_reviewed(found: Iterable[Reviewed]) -> tuple[ReviewGroup, ...]:
    """Groups by paper and question; of a question first what equals the key, then the largest.

    Without a paper nobody knows whether two questions are the same, so every exam is on its own.
    """
    groups: dict[tuple[object, ...], list[Reviewed]] = {}
    for item in found:
        question = item.question
        where = item.paper_id or item.exam_id
        place = (where, question.section, question.number or question.ordinal)
        groups.setdefault((*place, _plain(question.student_answer)), []).append(item)
    made = [_group(members) for members in groups.values()]
    return tuple(sorted(made, key=_order))


def _group(members: list[Reviewed]) -> ReviewGroup:
    question = members[0].question
    named = [part for part in (question.section, question.number) if part]
    answer, expected = question.student_answer, question.correct_answer
    return ReviewGroup(
        name=" · ".join(named) or f"#{question.ordinal}",
        paper_id=members[0].paper_id,
        answer=answer,
        expected=expected,
        full_score=question.full_score,
        type=question.type,
        is_like_key=bool(answer) and expected is not None and _plain(answer) == _plain(expected),
        members=tuple(members),
    )


def _order(group: ReviewGroup) -> tuple[object, ...]:
    first = min(member.question.ordinal for member in group.members)
    where = group.paper_id or group.members[0].exam_id
    return (where, first, group.answer is None, not group.is_like_key, -len(group.members))


def _plain(text: str | None) -> str | None:
    """What makes no difference to a reader of answers is left out: spaces and capitals."""
    return None if text is None else _SPACE.sub("", text).casefold()
