"""What may be corrected about a question, and what follows from it."""

from services.gateway.domain.protocol.problems import invalid_field
from shared.contract.api.questions import CorrectionRequest
from shared.contract.corrections import Change
from shared.contract.documents import QuestionResult
from shared.contract.questions import Verdict


def change_of(asked: CorrectionRequest, question: QuestionResult) -> Change:
    """The change that ``asked`` makes of ``question``, verdict and score in agreement.

    Raises Problem ``invalid_request`` when they contradict each other or the question.
    """
    verdict, score = _grade(asked, question.full_score)
    return Change(
        student_answer=asked.student_answer,
        verdict=verdict,
        score=score,
        knowledge_points=asked.knowledge_points,
    )


def _grade(
    asked: CorrectionRequest, full_score: float | None
) -> tuple[Verdict | None, float | None]:
    verdict = None if asked.verdict is None else Verdict(asked.verdict)
    score = asked.score
    if verdict is None and score is None:
        return None, None
    if score is not None and full_score is not None and score > full_score:
        raise invalid_field("body.score", "above_full_score")
    if score is None:
        if verdict is Verdict.CORRECT:
            return verdict, full_score
        if verdict is Verdict.PARTIAL:
            raise invalid_field("body.score", "missing")
        return verdict, 0.0
    if verdict is None:
        return _verdict_of(score, full_score), score
    if _contradicts(verdict, score, full_score):
        raise invalid_field("body.score", "contradicts_verdict")
    return verdict, score


def _verdict_of(score: float, full_score: float | None) -> Verdict:
    if score == 0:
        return Verdict.INCORRECT
    return Verdict.CORRECT if score == full_score else Verdict.PARTIAL


def _contradicts(verdict: Verdict, score: float, full_score: float | None) -> bool:
    if verdict is Verdict.CORRECT:
        return full_score is not None and score != full_score
    if verdict is Verdict.PARTIAL:
        return score in {0.0, full_score}
    return score != 0
