"""Verdicts that contradict what is true are counted."""

from typing import Any

import pytest

from examlens.evaluate.reading_manifest import Address, ReadingPaper
from examlens.evaluate.reading_score import PaperScore, by_kind
from examlens.evaluate.reading_verdicts import VerdictCounts, count_verdicts
from shared.contract.documents import QuestionResult
from shared.contract.questions import QuestionType, Verdict
from shared.contract.reading import Asked, AskedKind, ReadPaper, ReadQuestion

_SUM = Asked(kind=AskedKind.SUM, left="3+4", right="____", confidence=0.99)


def question(verdict: Verdict) -> QuestionResult:
    return QuestionResult(
        ordinal=1, section="", number="1", type=QuestionType.FILL_IN, stem="", options=(),
        student_answer="7", correct_answer=None, verdict=verdict, score=None, full_score=None,
        confidence=0.9, knowledge_points=(), difficulty=0.5, error_cause=None, evidence=(),
    )  # fmt: skip


def expected(key: str | None = None, **truth: Any) -> ReadingPaper:
    section = {"questions": [{"number": "1", "type": "fill_in", "answer": key, "points": 1}]}
    given = None if key is None else {"title": "t", "sections": [section]}
    return ReadingPaper.model_validate({"files": ["a.png"], "key": given, "truth": truth})


def count(paper: ReadingPaper, verdict: Verdict, asked: Asked | None = None) -> VerdictCounts:
    read = ReadQuestion(
        ordinal=1, section="", number="1", type=QuestionType.FILL_IN, asked=asked
    )  # fmt: skip

    def same(address: Address) -> Address:
        return address

    return count_verdicts(paper, {("", "1"): question(verdict)}, ReadPaper(questions=(read,)), same)


@pytest.mark.parametrize(
    ("paper", "asked"),
    [
        (expected(answers={"1": "7"}), _SUM),
        (expected("7", answers={"1": "7"}), None),
        (expected(answers={"1": "?"}, verdicts={"1": "correct"}), None),
    ],
    ids=["arithmetic", "key", "manifest"],
)
def test_a_verdict_is_checked_by_arithmetic_the_key_or_the_manifest(
    paper: ReadingPaper, asked: Asked | None
) -> None:
    assert count(paper, Verdict.CORRECT, asked) == VerdictCounts(total=1)
    assert count(paper, Verdict.INCORRECT, asked) == VerdictCounts(total=1, wrong=1)
    assert count(paper, Verdict.NEEDS_REVIEW, asked) == VerdictCounts()


def test_an_answer_called_empty_is_a_wrong_verdict() -> None:
    wrong = VerdictCounts(total=1, wrong=1, unanswered=1, unanswered_wrong=1)
    assert count(expected(answers={"1": "cat"}), Verdict.UNANSWERED) == wrong
    right = VerdictCounts(total=1, unanswered=1)
    assert count(expected(answers={"1": ""}), Verdict.UNANSWERED) == right


def test_what_nothing_can_check_is_not_counted() -> None:
    assert count(expected(answers={"1": "cat"}), Verdict.INCORRECT) == VerdictCounts()


def test_papers_of_one_kind_are_counted_together() -> None:
    drill = ReadingPaper(files=("a.png",), kind="drill")
    scored = [(drill, PaperScore(papers=1)), (drill, PaperScore(papers=1))]
    scored.append((ReadingPaper(files=("b.png",)), PaperScore(papers=1)))
    found = by_kind(scored)
    assert list(found) == ["drill"]
    assert found["drill"]["papers"] == 2
