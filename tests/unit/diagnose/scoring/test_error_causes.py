"""Causes that a wrong answer proves, and silence everywhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.error_causes import error_cause
from services.diagnose.domain.scoring.judgement import ScoringRules
from shared.contract.documents import QuestionResult
from shared.contract.failures import Language
from shared.contract.questions import QuestionType, Verdict
from tests.unit.diagnose.comparing.answer_pairs import generate
from tests.unit.diagnose.diagnosis_papers import answer_key, key_section, read_paper, read_question
from tests.unit.diagnose.point_indexes import NoTaxonomy

FILL_IN, MULTIPLE = QuestionType.FILL_IN, QuestionType.MULTIPLE_CHOICE


def cause_of(
    student: str | None,
    key: str | None,
    kind: QuestionType = FILL_IN,
    verdict: Verdict = Verdict.INCORRECT,
    stem: str = "",
) -> str | None:
    question = QuestionResult(
        ordinal=1,
        section="",
        number="1",
        type=kind,
        stem=stem,
        options=(),
        student_answer=student,
        correct_answer=key,
        verdict=verdict,
        score=0.0,
        full_score=2.0,
        confidence=0.9,
        knowledge_points=(),
        difficulty=0.5,
        error_cause=None,
        evidence=(),
    )
    found = error_cause(question)
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("student", "key", "expected"),
    [
        ("-3", "3", "sign"),
        ("2/3", "-2/3", "sign"),
        ("b-a", "a-b", "sign"),
        ("−√2", "√2", "sign"),
        ("0.35", "3.5", "power_of_ten"),
        ("3500 m", "35 m", "power_of_ten"),
        ("12", "12 cm", "unit_missing"),
        ("12 cm", "12 m", "unit_wrong"),
        ("12 cm", "12 cm^2", "unit_wrong"),
        ("74", "47", "digits_swapped"),
        ("3.41", "3.14", "digits_swapped"),
        ("0.33", "1/3", "rounded"),
        ("0.67", "2/3", "rounded"),
        ("0.66", "2/3", "rounded"),
        ("3/2", "2/3", "reciprocal"),
        ("(2, 1)", "(1, 2)", "coordinates_swapped"),
        ("recieve", "receive", "spelling"),
        ("enviroment", "environment", "spelling"),
        ("7; -2", "7; 2", "sign"),
        ("-4", "3 | 4", "sign"),
    ],
)
def test_an_answer_that_shows_its_cause(student: str, key: str, expected: str) -> None:
    assert cause_of(student, key) == expected


@pytest.mark.parametrize(
    ("student", "key"),
    [
        ("5", "3"),
        ("", "3"),
        (None, "3"),
        ("3", None),
        ("0", "3"),
        # A hundredth and the reciprocal: either may be it.
        ("0.1", "10"),
        ("dog", "cat"),
        ("quiet", "quite?"),
        ("-7; -2", "7; 2"),
        ("7", "7; 2"),
        ("x+1", "x-2"),
        ("123", "321"),
        ("50%", "0.5"),
        ("50", "50%"),
    ],
)
def test_nothing_is_made_up(student: str | None, key: str | None) -> None:
    assert cause_of(student, key) is None


@pytest.mark.parametrize(
    ("stem", "student", "key", "expected"),
    [
        ("计算：3＋4×5＝", "35", "23", "order_of_operations"),
        ("(3+4)×5 = ", "23", "35", "order_of_operations"),
        ("47+38=", "75", "85", "carry"),
        ("52-17=", "45", "35", "carry"),
        ("7×8=", "63", "56", "one_step"),
        ("56-23=", "79", "33", "inverse_operation"),
        ("13×4=", "124", "52", "miscopied"),
        ("解方程 2x+3=11", "7", "4", "transposed"),
        # The sum does not come to the key: it is another question's.
        ("3+4×5=", "35", "24", None),
        # Two sums: it is not known which was asked.
        ("2+3×4 和 4+5×2", "20", "14", None),
        # A slip that two rules explain.
        ("9×9=", "90", "81", "one_step"),
        ("", "35", "23", None),
    ],
)
def test_a_sum_worked_out_wrongly_shows_its_cause(
    stem: str, student: str, key: str, expected: str | None
) -> None:
    assert cause_of(student, key, stem=stem) == expected


@pytest.mark.parametrize(
    ("student", "key", "expected"),
    [
        ("go", "goes", "agreement"),
        ("child", "children", "agreement"),
        ("are", "is", "agreement"),
        ("goed", "went", "tense"),
        ("go", "went", "tense"),
        ("lived", "have lived", "tense"),
        ("writing", "wrote", "tense"),
        ("was", "is", "tense"),
        ("cat", "cats", "agreement"),
        ("hat", "had", None),
        ("春眠不知晓", "春眠不觉晓", "wrong_character"),
        ("力学", "光学", None),
    ],
)
def test_words_show_their_cause(student: str, key: str, expected: str | None) -> None:
    assert cause_of(student, key) == expected


@pytest.mark.parametrize(
    ("student", "key", "expected"),
    [("A", "ABD", "missed_options"), ("ABC", "AB", "extra_options"), ("AC", "AB", None)],
)
def test_multiple_choices_tell_what_was_missed(
    student: str, key: str, expected: str | None
) -> None:
    assert cause_of(student, key, MULTIPLE, Verdict.PARTIAL) == expected


def test_only_wrong_answers_have_a_cause() -> None:
    for verdict in (Verdict.CORRECT, Verdict.NEEDS_REVIEW, Verdict.UNANSWERED):
        assert cause_of("-3", "3", verdict=verdict) is None
    assert cause_of("B", "A", QuestionType.SINGLE_CHOICE) is None


def test_sentences_exist_in_both_languages() -> None:
    question = QuestionResult(
        ordinal=1, section="", number="1", type=MULTIPLE, stem="", options=(),
        student_answer="A", correct_answer="ABD", verdict=Verdict.PARTIAL, score=1.0,
        full_score=2.0, confidence=0.9, knowledge_points=(), difficulty=0.5, error_cause=None,
        evidence=(),
    )  # fmt: skip
    found = error_cause(question)
    assert found is not None
    assert found.in_language(Language.ZH) == "漏选 BD"
    assert found.in_language(Language.EN) == "did not choose BD"


def test_answers_that_are_equal_are_never_told_a_difference_in_value() -> None:
    """Were a right answer marked wrong by hand, no rule would invent a slip of the value."""
    values = {"sign", "power_of_ten", "reciprocal", "digits_swapped", "coordinates_swapped"}
    for pair in generate(seed=5, rounds=6):
        if pair.kind == "equivalent":
            assert cause_of(pair.student, pair.key, pair.type) not in values, pair


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(QuestionType))
def test_any_text_is_taken(student: str, key: str, kind: QuestionType) -> None:
    cause_of(student, key, kind)


def test_the_analysis_says_it_in_the_language_of_the_exam() -> None:
    key = answer_key(key_section("", ["-3", "12 cm"], kind=FILL_IN))
    paper = read_paper(
        read_question(1, "1", "3", kind=FILL_IN), read_question(2, "2", "15 cm", kind=FILL_IN)
    )
    for language, expected in ((Language.ZH, "正负号"), (Language.EN, "sign")):
        source = AnalysisInput(paper, key, None, context=ExamContext(language=language))
        wrong, other = analyse(source, ScoringRules(), NoTaxonomy()).questions
        assert expected in (wrong.error_cause or "")
        assert other.error_cause is None
