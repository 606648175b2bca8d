"""Decides how far to believe a model's grade, and its claim why an answer is wrong."""

from services.diagnose.domain.comparing.written_form import is_blank
from services.diagnose.domain.model.answers import ErrorCause, Grade
from services.diagnose.domain.model.marking_talk import (
    is_on_topic,
    orders_the_marker,
    speaks_of_marks,
)
from services.diagnose.domain.model.quotation import is_quoted
from shared.contract.documents import QuestionResult
from shared.contract.questions import Evidence, EvidenceKind, QuestionType, Verdict
from shared.contract.reading import ReadAnswer

_FREE_FORM = frozenset({QuestionType.SHORT_ANSWER, QuestionType.ESSAY})
_CHOICES = frozenset({QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE})
_TEACHERS = frozenset({EvidenceKind.MARK, EvidenceKind.SCORE})
_GRADES = frozenset({Verdict.CORRECT, Verdict.PARTIAL, Verdict.INCORRECT})
_WHAT_A_MODEL_SAW = ("stem", "options", "student_answer", "correct_answer", "full_score", "type")
_WRONG = frozenset({Verdict.INCORRECT, Verdict.PARTIAL})


def is_gradable(question: QuestionResult, answer: ReadAnswer | None, threshold: float) -> bool:
    """Whether a model may grade: free text, surely read, undecided, and no teacher has marked it.

    The rubric is the key's answer. For an essay its task is enough.
    """
    return (
        question.type in _FREE_FORM
        and question.verdict is Verdict.NEEDS_REVIEW
        and bool(question.full_score)
        and answer is not None
        and answer.confidence >= threshold
        and not is_blank(answer.text)
        and not is_about_marking(question, answer)
        and not any(evidence.kind in _TEACHERS for evidence in question.evidence)
        and bool(
            (question.correct_answer or "").strip()
            or (question.type is QuestionType.ESSAY and question.stem.strip())
        )
    )


def is_about_marking(question: QuestionResult, answer: ReadAnswer | None) -> bool:
    """Whether the student's words speak to the marker: no model is asked about such an answer.

    A student may write beside the question as well. An essay may tell of marks, but order none.
    """
    if answer is None:
        return False
    printed = (question.stem, *(option.text for option in question.options))
    speaks = orders_the_marker if question.type is QuestionType.ESSAY else speaks_of_marks
    return speaks(answer.text) or any(orders_the_marker(text) for text in printed)


def has_error_to_explain(question: QuestionResult, answer: ReadAnswer | None) -> bool:
    """Whether there is a wrong answer that may show why it is wrong, not a bare letter or sign."""
    return (
        question.verdict in _WRONG
        and question.error_cause is None
        and answer is not None
        and not is_blank(answer.text)
        and not is_about_marking(question, answer)
        and bool(_shown(question, answer.text))
    )


def as_before(question: QuestionResult, earlier: QuestionResult | None) -> QuestionResult | None:
    """``question`` with what a model said of it in an earlier run, if nothing about it has changed.

    Repeating a run then changes no grade and costs nothing. None when the model has to be asked.
    """
    if earlier is None or any(
        getattr(question, name) != getattr(earlier, name) for name in _WHAT_A_MODEL_SAW
    ):
        return None
    said = tuple(e for e in earlier.evidence if e.kind is EvidenceKind.MODEL)
    is_graded = question.verdict is Verdict.NEEDS_REVIEW and earlier.verdict in _GRADES
    is_explained = question.verdict is earlier.verdict and earlier.error_cause is not None
    is_corrected = any(e.kind in _TEACHERS for e in earlier.evidence)
    if not said or is_corrected != any(e.kind in _TEACHERS for e in question.evidence):
        return None
    if not is_graded and not is_explained:
        return None
    return question.model_copy(
        update={
            "verdict": earlier.verdict,
            "score": earlier.score,
            "confidence": earlier.confidence,
            "error_cause": earlier.error_cause,
            "evidence": (*question.evidence, *said),
        }
    )


def with_grade(
    question: QuestionResult, sent: str, reading_confidence: float, grade: Grade, threshold: float
) -> QuestionResult:
    """``question`` with the model's points, added up and clamped here; or still to be reviewed.

    ``sent`` is the answer as the model saw it. Every part that earns points needs a quotation from
    it. A grade of no points needs a quotation that shows the error. One missing quotation makes the
    whole grade doubtful, and so does one that speaks of marks. An unsure grade, and one for words
    that have nothing to do with the task, stays as a proposal in the evidence.
    """
    full = question.full_score or 0.0
    parts = [(min(max(part.earned, 0.0), part.available), part.quote) for part in grade.parts]
    score = round(min(sum(earned for earned, _ in parts), full), 4)
    proofs = [quote for earned, quote in parts if earned > 0] or [grade.cause_quote]
    is_proven = all(is_quoted(quote, sent) and not speaks_of_marks(quote) for quote in proofs)
    # The points on offer must be the question's, or the model graded something else.
    is_whole = abs(sum(part.available for part in grade.parts) - full) <= 0.01 * full
    confidence = round(grade.confidence * reading_confidence, 4)
    quotes = "; ".join(quote for earned, quote in parts if earned > 0 and quote)
    evidence = Evidence(
        kind=EvidenceKind.MODEL,
        text=f"{score:g}/{full:g}" + (f": {quotes[:300]}" if quotes else ""),
        confidence=confidence,
    )
    if not is_proven or not is_whole:
        return question
    marked = question.model_copy(update={"evidence": (*question.evidence, evidence)})
    if confidence < threshold or (score > 0 and not _is_on_topic(question, sent, proofs)):
        return marked
    verdict = (
        Verdict.CORRECT if score >= full else Verdict.PARTIAL if score > 0 else Verdict.INCORRECT
    )
    graded = marked.model_copy(
        update={"verdict": verdict, "score": score, "confidence": confidence}
    )
    cause = ErrorCause(cause=grade.cause, quote=grade.cause_quote, confidence=grade.confidence)
    return with_cause(graded, sent, cause, threshold)


def with_cause(
    question: QuestionResult, sent: str, claim: ErrorCause, threshold: float
) -> QuestionResult:
    """``question`` with the cause of its error, if the claim quotes the answer and is sure enough.

    For a choice the quotation has to be from the text of a chosen option.
    """
    if (
        question.verdict not in _WRONG
        or not claim.cause.strip()
        or claim.confidence < threshold
        or not is_quoted(claim.quote, *_shown(question, sent))
        or speaks_of_marks(claim.quote)
        or orders_the_marker(claim.cause)
    ):
        return question
    evidence = Evidence(
        kind=EvidenceKind.MODEL, text=claim.quote.strip()[:300], confidence=claim.confidence
    )
    return question.model_copy(
        update={
            "error_cause": " ".join(claim.cause.split())[:300],
            "evidence": (*question.evidence, evidence),
        }
    )


def _is_on_topic(question: QuestionResult, sent: str, proofs: list[str]) -> bool:
    """Whether what was believed has to do with the task; of an essay, all of it is looked at."""
    said = sent if question.type is QuestionType.ESSAY else " ".join(proofs)
    options = (option.text for option in question.options)
    return is_on_topic(said, question.stem, question.correct_answer or "", *options)


def _shown(question: QuestionResult, answer: str) -> tuple[str, ...]:
    """The texts in which a mistake can show itself: the answer's words, or the chosen options'."""
    if question.type is QuestionType.TRUE_FALSE:
        return ()
    if question.type not in _CHOICES:
        return (answer,)
    chosen = (o for o in question.options if o.label.strip() and o.label.strip() in answer)
    return tuple(option.text for option in chosen if option.text.strip())
