"""Corrections by people replace what was read and graded."""

from services.diagnose.domain.scoring.alignment import Pair
from shared.contract.corrections import Change
from shared.contract.documents import QuestionResult
from shared.contract.questions import Evidence, EvidenceKind
from shared.contract.reading import ReadAnswer, ReadQuestion


def with_answer(pair: Pair, ordinal: int, change: Change) -> Pair:
    """``pair`` with the answer that a person entered for the student. It is certain.

    Marks and written scores stay: they are about the same answer, however it was read.
    """
    if change.student_answer is None:
        return pair
    kept = pair.read.answer.evidence if pair.read is not None and pair.read.answer else ()
    answer = ReadAnswer(text=change.student_answer, confidence=1.0, evidence=kept)
    return Pair(_question(pair, ordinal).model_copy(update={"answer": answer}), pair.key)


def with_verdict(result: QuestionResult, change: Change) -> QuestionResult:
    """``result`` with a person's verdict and score, where they were given; both are final."""
    if change.verdict is None:
        return result
    evidence = Evidence(kind=EvidenceKind.MARK, text="correction")
    return result.model_copy(
        update={
            "verdict": change.verdict,
            "score": change.score,
            "confidence": 1.0,
            "evidence": (*result.evidence, evidence),
        }
    )


def _question(pair: Pair, ordinal: int) -> ReadQuestion:
    if pair.read is not None:
        return pair.read
    if pair.key is None:
        raise ValueError("a pair needs a read question or a key question")
    return ReadQuestion(
        ordinal=ordinal,
        section=pair.key.section.label,
        number=pair.key.question.number,
        type=pair.key.question.type,
    )
