"""Figures of a class on one paper."""

import pytest

from services.diagnose.domain.classes.figures import (
    ClassStatistics,
    StudentPaper,
    class_statistics,
)
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.stage import DiagnosticInput, diagnose
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.documents import MasteryLevel
from shared.contract.failures import Language
from shared.contract.questions import QuestionType
from tests.unit.diagnose.diagnosis_papers import answer_key, key_section, read_paper, read_question
from tests.unit.diagnose.point_indexes import NoTaxonomy


def paper(student: str, answers: str, key: AnswerKey) -> StudentPaper:
    reads = [
        read_question(i, str(i), "" if a == "-" else a, confidence=0.2 if a == "?" else 0.97)
        for i, a in enumerate(answers, start=1)
    ]
    analysis = analyse(AnalysisInput(read_paper(*reads), key, None), ScoringRules(), NoTaxonomy())
    return StudentPaper(student, analysis, diagnose(DiagnosticInput(analysis, Language.EN)))


def statistics(key: AnswerKey, *answers: str) -> ClassStatistics:
    return class_statistics(tuple(paper(f"s{i}", a, key) for i, a in enumerate(answers)))


def test_a_class_has_its_distribution_and_its_most_missed_questions() -> None:
    found = statistics(answer_key(key_section("", "ABCD")), "ABCD", "ABCA", "ABAA", "BBAA")
    assert found.distribution is not None
    assert found.distribution.mean == pytest.approx((1 + 0.75 + 0.5 + 0.25) / 4)
    assert sum(found.distribution.bands) == 4
    assert found.most_missed == ("4", "3", "1")
    assert [item.score_rate for item in found.items] == [0.75, 1.0, 0.5, 0.25]


def test_small_classes_hide_discrimination_and_distractors() -> None:
    found = statistics(answer_key(key_section("", "AB")), "AB", "AA", "BB")
    assert all(item.discrimination is None for item in found.items)
    assert all(item.answers == () for item in found.items)


def test_larger_classes_show_what_was_chosen_and_what_tells_students_apart() -> None:
    answers = ["ABCD"] * 6 + ["ABAC", "AC-A"] * 3
    found = statistics(answer_key(key_section("", "ABCD")), *answers)
    assert found.items[0].discrimination is None  # everybody was right
    assert found.items[2].discrimination == pytest.approx(0.9, abs=0.15)
    assert found.items[2].answers == (("C", 6), ("A", 3), ("", 3))


def test_ungraded_questions_count_for_nothing() -> None:
    found = statistics(answer_key(key_section("", "AB")), "A?", "B?")
    assert (found.items[1].graded, found.items[1].score_rate) == (0, None)
    assert found.distribution is not None
    assert found.distribution.mean == pytest.approx(0.5)


def test_points_and_students_at_risk_are_listed_weakest_first() -> None:
    questions = tuple(
        KeyQuestion(
            number=str(n),
            type=QuestionType.FILL_IN,
            answer=str(n),
            points=2,
            knowledge_points=("hard",) if n <= 8 else ("easy",),
        )
        for n in range(1, 17)
    )
    key = answer_key(KeySection(label="", title="", questions=questions))

    def answered(wrong: int) -> StudentPaper:
        reads = (
            read_question(n, str(n), str(99 if n <= wrong else n), kind=QuestionType.FILL_IN)
            for n in range(1, 17)
        )
        analysis = analyse(
            AnalysisInput(read_paper(*reads), key, None), ScoringRules(), NoTaxonomy()
        )
        diagnosis = diagnose(DiagnosticInput(analysis, Language.EN))
        return StudentPaper(f"wrong {wrong}", analysis, diagnosis)

    found = class_statistics((answered(0), answered(8), answered(12)))
    assert [point.knowledge_point.name for point in found.points] == ["hard", "easy"]
    assert found.points[0].levels[MasteryLevel.WEAK] == 2
    assert [student.student for student in found.at_risk] == ["wrong 12", "wrong 8"]
    assert found.at_risk[1].weak_points == ("hard",)


def test_no_papers_make_an_empty_report() -> None:
    found = class_statistics(())
    assert (found.distribution, found.items, found.points, found.at_risk) == (None, (), (), ())
