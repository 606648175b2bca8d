"""Mastery estimates, their intervals and levels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.diagnose.domain.estimation.mastery import estimate_mastery
from shared.contract.documents import (
    Contrast,
    KnowledgePoint,
    Mastery,
    MasteryLevel,
    QuestionResult,
)
from shared.contract.questions import QuestionType, Verdict


def question(
    ordinal: int,
    share: float | None,
    *points: str,
    difficulty: float = 0.5,
    kind: QuestionType = QuestionType.FILL_IN,
) -> QuestionResult:
    return QuestionResult(
        ordinal=ordinal,
        section="",
        number=str(ordinal),
        type=kind,
        stem="",
        options=(),
        student_answer="",
        correct_answer="",
        verdict=Verdict.NEEDS_REVIEW if share is None else Verdict.PARTIAL,
        score=None if share is None else 4 * share,
        full_score=4,
        confidence=0.9,
        knowledge_points=tuple(
            KnowledgePoint(id=p, name=p.split("/")[-1], path=tuple(p.split("/"))) for p in points
        ),
        difficulty=difficulty,
        difficulty_sd=0.5,
        error_cause=None,
        evidence=(),
    )


def levels(questions: list[QuestionResult]) -> dict[str, MasteryLevel]:
    found = estimate_mastery(tuple(questions))
    return {e.mastery.knowledge_point.name: e.mastery.level for e in found}


def masteries(questions: list[QuestionResult]) -> dict[str, float]:
    found = estimate_mastery(tuple(questions))
    return {e.mastery.knowledge_point.id: e.mastery.mastery for e in found}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_item_is_never_enough_for_a_claim(share: float) -> None:
    questions = [question(1, share, "a"), *(question(i, share, "b") for i in range(2, 12))]
    assert levels(questions)["a"] is MasteryLevel.INSUFFICIENT_EVIDENCE


def test_many_losses_are_weak_and_many_gains_strong() -> None:
    questions = [question(i, 0.0, "lost") for i in range(8)]
    questions += [question(i, 1.0, "won") for i in range(8, 22)]
    found = levels(questions)
    assert found["lost"] is MasteryLevel.WEAK
    assert found["won"] is MasteryLevel.STRONG


def test_ungraded_questions_are_no_evidence() -> None:
    questions = [question(1, 0.0, "a"), question(2, None, "a"), question(3, None, "a")]
    estimate = estimate_mastery(tuple(questions))[0]
    assert estimate.mastery.items == 1
    assert estimate.mastery.level is MasteryLevel.INSUFFICIENT_EVIDENCE


def test_losing_hard_items_says_less_than_losing_easy_ones() -> None:
    hard = [question(i, 0.0, "a", difficulty=0.9) for i in range(4)]
    easy = [question(i, 0.0, "a", difficulty=0.1) for i in range(4)]
    assert masteries(hard)["a"] > masteries(easy)["a"]


def test_a_right_choice_counts_less_than_a_right_blank() -> None:
    chosen = [question(i, 1.0, "a", kind=QuestionType.TRUE_FALSE) for i in range(4)]
    filled = [question(i, 1.0, "a") for i in range(4)]
    assert masteries(chosen)["a"] < masteries(filled)["a"]


def test_thin_points_are_rolled_up_to_their_parent() -> None:
    questions = [question(i, 0.0, f"algebra/topic {i}") for i in range(6)]
    found = levels(questions)
    assert found["algebra"] is MasteryLevel.WEAK
    assert found["topic 0"] is MasteryLevel.INSUFFICIENT_EVIDENCE


def test_one_of_parent_and_child_is_told() -> None:
    thin = [question(i, 0.0, f"algebra/topic {i}") for i in range(6)]
    covered = {
        e.mastery.knowledge_point.name
        for e in estimate_mastery(tuple(thin))
        if e.mastery.is_covered
    }
    assert covered == {f"topic {i}" for i in range(6)}
    sure = [question(i, 0.0, "algebra", f"algebra/topic {i % 2}") for i in range(12)]
    covered = {
        e.mastery.knowledge_point.name
        for e in estimate_mastery(tuple(sure))
        if e.mastery.is_covered
    }
    assert covered == {"algebra"}


def test_a_level_that_the_points_contradict_has_a_reason_or_is_not_claimed() -> None:
    """Four of five right is weak only where the lost ones were clearly easier."""
    others = [question(i, 0.0, "b") for i in range(20, 32)]

    def paper(lost: float, right: float) -> Mastery:
        mine = [question(i, 1.0, "a", difficulty=right) for i in range(4)]
        mine.append(question(4, 0.0, "a", difficulty=lost))
        return next(
            e.mastery
            for e in estimate_mastery((*mine, *others))
            if e.mastery.knowledge_point.id == "a"
        )

    for lost, right in ((0.5, 0.5), (0.1, 0.9), (0.9, 0.1)):
        told = paper(lost, right)
        assert told.right == 4
        if told.level is MasteryLevel.WEAK:
            assert told.contrast is Contrast.EASY_LOST
            assert lost < right


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)), min_size=2, max_size=9)
)
def test_no_level_contradicts_the_points_without_a_reason(found: list[tuple[float, float]]) -> None:
    questions = [question(i, s, "a", difficulty=d) for i, (s, d) in enumerate(found)]
    share = sum(s for s, _ in found) / len(found)
    for estimate in estimate_mastery(tuple(questions)):
        told = estimate.mastery
        if told.contrast is None:
            assert not (told.level is MasteryLevel.WEAK and share >= 0.7)
            assert not (told.level is MasteryLevel.STRONG and share < 0.7)


def test_a_paper_without_points_has_no_mastery() -> None:
    assert estimate_mastery((question(1, 1.0),)) == ()


shares = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=2, max_size=12)


@settings(max_examples=60)
@given(shares, st.data())
def test_more_points_never_lower_a_mastery(found: list[float], data: st.DataObject) -> None:
    kinds = [data.draw(st.sampled_from(list(QuestionType))) for _ in found]
    place = data.draw(st.integers(min_value=0, max_value=len(found) - 1))

    def paper(values: list[float]) -> list[QuestionResult]:
        return [question(i, s, "ab"[i % 2], kind=kinds[i]) for i, s in enumerate(values)]

    better = [1.0 if i == place else share for i, share in enumerate(found)]
    before, after = masteries(paper(found)), masteries(paper(better))
    assert all(after[point] >= before[point] - 1e-6 for point in before)


@settings(max_examples=60)
@given(shares, st.floats(min_value=0, max_value=1))
def test_the_interval_holds_the_estimate(found: list[float], difficulty: float) -> None:
    questions = [question(i, s, "a", "b", difficulty=difficulty) for i, s in enumerate(found)]
    for estimate in estimate_mastery(tuple(questions)):
        low, high = estimate.mastery.interval
        assert 0 <= low <= estimate.mastery.mastery <= high <= 1
        assert np.isfinite(estimate.certainty)
