"""The share of a question's points that was earned, and the share that guessing earns."""

from shared.contract.documents import QuestionResult
from shared.contract.questions import QuestionType, Verdict

_DEFAULT_OPTIONS = 4


def earned_share(question: QuestionResult) -> float | None:
    """The share of the points that was earned, None when nobody could grade the question."""
    if question.score is not None and question.full_score:
        return min(max(question.score / question.full_score, 0.0), 1.0)
    return {
        Verdict.CORRECT: 1.0,
        Verdict.INCORRECT: 0.0,
        Verdict.UNANSWERED: 0.0,
        Verdict.PARTIAL: 0.5,
    }.get(question.verdict)


def guess_floor(question: QuestionResult) -> float:
    """What a student who knows nothing earns of a question on average."""
    if question.verdict is Verdict.UNANSWERED:
        return 0.0
    if question.type is QuestionType.TRUE_FALSE:
        return 0.5
    if question.type is QuestionType.SINGLE_CHOICE:
        return 1.0 / max(len(question.options) or _DEFAULT_OPTIONS, 2)
    return 0.05 if question.type is QuestionType.MULTIPLE_CHOICE else 0.0
