"""Scores of reading runs: what is right, wrong, missing, certain."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examlens.evaluate.reading_manifest import ReadingManifest, ReadingPaper, parse_address
from examlens.evaluate.reading_score import PaperScore, is_same_answer, score_paper, summarise
from shared.contract.documents import DiagnosisText, ExamResult, QuestionResult, Score, SectionScore
from shared.contract.questions import QuestionType, Verdict
from shared.contract.reading import PageText, ReadPaper, ReadQuestion, ReadSection, TextLine

_DESIGN_KEYS = [
    "papers",
    "answers_total",
    "answers_right",
    "answers_wrong",
    "answers_missing",
    "sections_total",
    "sections_right",
    "totals_total",
    "totals_right",
    "question_precision",
    "question_recall",
    "cer",
    "seconds_per_page",
]


def _question(
    section: str, number: str, answer: str | None, verdict: Verdict = Verdict.CORRECT, **more: Any
) -> QuestionResult:
    given: dict[str, Any] = {
        "ordinal": 1,
        "section": section,
        "number": number,
        "type": QuestionType.SINGLE_CHOICE,
        "stem": "",
        "options": (),
        "student_answer": answer,
        "correct_answer": "A",
        "verdict": verdict,
        "score": None,
        "full_score": 5,
        "confidence": 0.95,
        "knowledge_points": (),
        "difficulty": 0.5,
        "error_cause": None,
        "evidence": (),
    }
    return QuestionResult(**{**given, **more})


def _result(
    *questions: QuestionResult,
    earned: float = 0,
    sections: tuple[tuple[str, float], ...] = (),
) -> ExamResult:
    return ExamResult(
        exam_id="exam",
        run=1,
        paper_id=None,
        subject=None,
        grade=None,
        student_ref=None,
        language="zh",
        score=Score(earned=earned, full=100, rate=None, ungraded=0),
        sections=tuple(
            SectionScore(label=label, title="", earned=0, full=full) for label, full in sections
        ),
        questions=questions,
        mastery=(),
        diagnosis=DiagnosisText(
            summary="", strengths=(), weaknesses=(), recommendations=(), engine="rules"
        ),
    )


def _expected(key: dict[str, Any] | None = None, **truth: Any) -> ReadingPaper:
    return ReadingPaper.model_validate({"files": ["a.png"], "key": key, "truth": truth})


def _page(*lines: str, seconds: float = 0.0) -> PageText:
    return PageText(
        page=1,
        width_px=100,
        height_px=100,
        lines=tuple(TextLine(text=line, bbox=(0, 0, 1, 1)) for line in lines),
        seconds=seconds,
    )


def test_answers_are_right_wrong_or_missing() -> None:
    expected = _expected(answers={"一.1": "A", "一.2": "B", "一.3": "C", "一.4": "D"})
    result = _result(
        _question("一", "1", "A"),
        _question("一", "2", "D", Verdict.INCORRECT),
        _question("一", "3", None, Verdict.NEEDS_REVIEW),
    )

    score = score_paper(expected, result, ())

    assert (score.answers_total, score.answers_right) == (4, 1)
    assert (score.answers_wrong, score.answers_missing) == (1, 2)


def test_an_empty_place_is_right_only_when_it_was_said_to_be_empty() -> None:
    expected = _expected(answers={"1": "", "2": "", "3": "", "4": "B"})
    result = _result(
        _question("", "1", "", Verdict.UNANSWERED),
        _question("", "2", None, Verdict.NEEDS_REVIEW),
        _question("", "3", "C", Verdict.INCORRECT),
        _question("", "4", None, Verdict.UNANSWERED),
    )

    score = score_paper(expected, result, ())

    assert (score.answers_right, score.answers_missing, score.answers_wrong) == (1, 1, 2)


def test_an_answer_read_with_doubt_counts_as_read_but_not_as_certain() -> None:
    expected = _expected(answers={"1": "A", "2": "B"})
    result = _result(
        _question("", "1", "A", Verdict.NEEDS_REVIEW), _question("", "2", "C", Verdict.INCORRECT)
    )

    score = score_paper(expected, result, ())

    assert (score.answers_right, score.answers_wrong) == (1, 1)
    assert (score.certain_total, score.certain_right) == (1, 0)


def test_without_a_key_certainty_is_the_confidence_of_reading() -> None:
    expected = _expected(answers={"1": "A", "2": "B"})
    result = _result(
        _question("", "1", "A", Verdict.NEEDS_REVIEW, correct_answer=None, confidence=0.9),
        _question("", "2", "B", Verdict.NEEDS_REVIEW, correct_answer=None, confidence=0.5),
    )

    score = score_paper(expected, result, ())

    assert (score.answers_right, score.certain_total, score.certain_right) == (2, 1, 1)


def test_sections_are_compared_by_label_whatever_is_printed_around_it() -> None:
    expected = _expected(section_points={"一": 40, "二": 30, "A": 20})
    result = _result(sections=(("一、", 40), ("二", 24), ("Part A", 20)))

    score = score_paper(expected, result, ())

    assert (score.sections_total, score.sections_right) == (3, 2)


def test_printed_section_points_are_scored_beside_those_of_the_result() -> None:
    expected = _expected(section_points={"一": 40})
    result = _result(sections=(("一", 40),))
    paper = ReadPaper(sections=(ReadSection(label="一", title="选择题"),))

    score = score_paper(expected, result, (), paper=paper)

    assert (score.sections_right, score.sections_printed_right) == (1, 0)


def test_the_total_is_right_when_the_points_agree() -> None:
    assert score_paper(_expected(earned=49), _result(earned=49.0), ()).totals_right == 1
    assert score_paper(_expected(earned=49), _result(earned=48.5), ()).totals_right == 0
    assert score_paper(_expected(), _result(earned=49), ()).totals_total == 0


def test_questions_are_those_found_on_the_pages_not_those_of_the_key() -> None:
    expected = _expected(answers={"一.1": "A", "一.2": "B"})
    result = _result(_question("一", "1", "A"), _question("一", "2", None))
    paper = ReadPaper(
        questions=tuple(
            ReadQuestion(
                ordinal=number, section="一", number=str(number), type=QuestionType.SINGLE_CHOICE
            )
            for number in (1, 3, 4)
        )
    )

    figures = summarise([score_paper(expected, result, (), paper=paper)])

    assert figures["question_precision"] == pytest.approx(1 / 3)
    assert figures["question_recall"] == pytest.approx(1 / 2)


def test_a_question_found_twice_costs_precision() -> None:
    expected = _expected(answers={"1": "A"})
    result = _result(_question("", "1", "A"), _question("", "1", "B"))

    assert summarise([score_paper(expected, result, ())])["question_precision"] == 0.5


def test_numbers_that_run_through_the_paper_find_their_question_in_a_misread_section() -> None:
    expected = _expected(answers={"一.1": "A", "二.2": "B"})
    result = _result(_question("一", "1", "A"), _question("", "2", "B"))

    assert score_paper(expected, result, ()).answers_right == 2


def test_numbers_that_start_anew_need_their_section() -> None:
    expected = _expected(answers={"一.1": "A", "二.1": "B"})
    result = _result(_question("一", "1", "A"), _question("三", "1", "B"))

    score = score_paper(expected, result, ())

    assert (score.answers_right, score.answers_missing) == (1, 1)


def test_a_failed_exam_misses_everything() -> None:
    expected = _expected(answers={"1": "A"}, section_points={"一": 5}, earned=3)

    score = score_paper(expected, None, (), printed_text="甲乙")

    assert score.answers_missing == 1
    assert (score.sections_right, score.totals_right, score.questions_found) == (0, 0, 0)
    assert score.character_errors == 2


def test_figures_have_the_promised_keys_first_and_are_sums_over_papers() -> None:
    first = score_paper(
        _expected(answers={"1": "A"}),
        _result(_question("", "1", "A")),
        [_page("甲", seconds=2)],
        printed_text="甲",
    )
    second = score_paper(
        _expected(answers={"1": "B"}),
        _result(_question("", "1", "C")),
        [_page("丙", seconds=1)],
        printed_text="乙",
    )

    figures = summarise([first, second])

    assert list(figures)[: len(_DESIGN_KEYS)] == _DESIGN_KEYS
    assert (figures["papers"], figures["answers_right"]) == (2, 1)
    assert figures["seconds_per_page"] == 1.5
    assert figures["cer"] == 0.5
    json.dumps(figures)


def test_figures_of_nothing_are_zero_or_undefined() -> None:
    figures = summarise([])

    assert figures["papers"] == 0
    assert figures["cer"] is None
    assert figures["question_recall"] is None


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("b", "B"),
        ("（Ｂ）", "B"),
        ("A、B、D", "ABD"),
        ("DBA", "ABD"),
        ("T", "√"),
        ("对", "√"),
        ("错误", "×"),
        ("F", "×"),
        ("－5", "-5"),
        ("300,000", "300000"),
        ("Wednesday.", "wednesday"),
        ("H₂O", "H2O"),
        ("two kilos", "two  kilos"),
    ],
)
def test_answers_that_a_person_takes_for_the_same(read: str, written: str) -> None:
    assert is_same_answer(read, written)


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("A", "B"),
        ("AB", "ABD"),
        ("T", "×"),
        ("5", "-5"),
        ("1.5", "15"),
        ("children", "child"),
        ("", "A"),
        ("3/4", "34"),
    ],
)
def test_answers_that_differ(read: str, written: str) -> None:
    assert not is_same_answer(read, written)


@given(st.text(max_size=20))
def test_every_answer_is_the_same_as_itself(text: str) -> None:
    assert is_same_answer(text, text)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("一.1", ("一", "1")),
        ("Part A.12", ("A", "12")),
        ("7", ("", "7")),
        ("II.（3）", ("II", "3")),
        ("A.Q5", ("A", "5")),
        ("三.16(2)", ("三", "16-2")),
        ("第二部分.④", ("二", "4")),
    ],
)
def test_addresses_are_read_without_their_decoration(address: str, parts: tuple[str, str]) -> None:
    assert parse_address(address) == parts


def test_a_manifest_may_leave_out_every_truth() -> None:
    manifest = ReadingManifest.model_validate({"papers": [{"files": ["a.png"], "key": None}]})

    assert manifest.papers[0].truth.answers == {}
    assert score_paper(manifest.papers[0], _result(), ()) == PaperScore(papers=1)
