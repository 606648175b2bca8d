"""Scored questions, for tests that want one of a certain verdict."""

from shared.contract.documents import QuestionResult
from shared.contract.questions import QuestionType, Verdict


def question(ordinal: int, verdict: Verdict, confidence: float = 0.9) -> QuestionResult:
    return QuestionResult(
        ordinal=ordinal,
        section="一",
        number=str(ordinal),
        type=QuestionType.SINGLE_CHOICE,
        stem="",
        options=(),
        student_answer="A",
        correct_answer="A",
        verdict=verdict,
        score=None if verdict is Verdict.NEEDS_REVIEW else 2.0,
        full_score=2.0,
        confidence=confidence,
        knowledge_points=(),
        difficulty=0.5,
        error_cause=None,
        evidence=(),
    )


def numbered(ordinal: int, section: str, number: str) -> QuestionResult:
    """A right question with this number in this section."""
    changes = {"section": section, "number": number}
    return question(ordinal, Verdict.CORRECT).model_copy(update=changes)
