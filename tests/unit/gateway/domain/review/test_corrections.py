"""What a correction means, without a database."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.protocol.problems import Problem
from services.gateway.domain.review.corrections import change_of
from shared.contract.api.questions import CorrectionRequest
from shared.contract.corrections import Change, Correction, effective_changes
from shared.contract.questions import Verdict
from tests.question_results import question


def correction(number: int, ordinal: int, change: Change) -> Correction:
    return Correction(
        id=number,
        exam_id="e",
        run=number,
        ordinal=ordinal,
        change=change,
        key_id="k",
        created_at=datetime.now(UTC),
    )


@given(
    st.sampled_from(["correct", "incorrect", "partial", "unanswered", None]),
    st.none() | st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]),
)
def test_a_grade_is_whole_and_never_contradicts_itself(
    verdict: str | None, score: float | None
) -> None:
    given = {"verdict": verdict, "score": score, "knowledge_points": ("a",)}
    asked = CorrectionRequest.model_validate(given)
    try:
        change = change_of(asked, question(1, Verdict.NEEDS_REVIEW))
    except Problem:
        is_consistent = verdict != "partial" and (score is None or score <= 2.0)
        assert not (is_consistent and (verdict is None or score is None))
        return
    assert (change.verdict is None) == (change.score is None) == (verdict is None and score is None)
    if change.score is not None:
        assert 0 <= change.score <= 2.0
        assert (change.verdict is Verdict.CORRECT) == (change.score == 2.0)
        assert (change.verdict is Verdict.PARTIAL) == (0 < change.score < 2.0)


def test_the_latest_correction_of_each_field_holds() -> None:
    made = [
        correction(1, 1, Change(knowledge_points=("a",))),
        correction(2, 1, Change(verdict=Verdict.CORRECT, score=2.0)),
        correction(3, 2, Change(student_answer="B")),
        correction(4, 1, Change(verdict=Verdict.INCORRECT, score=0.0)),
    ]
    assert effective_changes(made) == {
        1: Change(knowledge_points=("a",), verdict=Verdict.INCORRECT, score=0.0),
        2: Change(student_answer="B"),
    }


def test_a_new_answer_takes_back_the_grade_of_the_old_one() -> None:
    made = [
        correction(1, 1, Change(verdict=Verdict.CORRECT, score=2.0)),
        correction(2, 1, Change(student_answer="D")),
    ]
    assert effective_changes(made) == {1: Change(student_answer="D")}
