"""Corrections of questions by people: what the gateway records and the analysis applies."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from shared.contract.model import Document
from shared.contract.questions import Verdict


class Change(Document):
    """What is different about a question; None leaves a field as it was read or graded.

    ``student_answer`` is what the student wrote, "" for nothing; the answer is graded again.
    ``verdict`` and ``score`` are given together and are final. ``knowledge_points`` are names or
    ids that replace the tags.
    """

    student_answer: str | None = None
    verdict: Verdict | None = None
    score: float | None = None
    knowledge_points: tuple[str, ...] | None = None
    #: All earlier changes of the question are taken back: it is as it was read and graded.
    is_undone: Literal[True] | None = None


class Correction(Document):
    """One change of one question: which key made it, when, and the run that applied it first."""

    id: int
    exam_id: str
    run: int
    ordinal: int
    change: Change
    key_id: str
    created_at: datetime


def effective_changes(made: Iterable[Correction]) -> dict[int, Change]:
    """What holds after all corrections, by question.

    In each field the latest correction wins. A new answer takes back an earlier verdict and score,
    because these were about the old answer.
    """
    effective: dict[int, Change] = {}
    for correction in made:
        if correction.change.is_undone:
            effective.pop(correction.ordinal, None)
            continue
        present = effective.get(correction.ordinal, Change())
        if correction.change.student_answer is not None:
            present = present.model_copy(update={"verdict": None, "score": None})
        given = correction.change.model_dump(exclude_none=True)
        effective[correction.ordinal] = present.model_copy(update=given)
    return effective
