"""Verdicts, points and totals of whole papers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.domain.advice.written_advice import advise
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from shared.contract.answer_key import AnswerKey
from shared.contract.corrections import Change
from shared.contract.documents import Analysis, KnowledgePoint, QuestionResult
from shared.contract.failures import Language
from shared.contract.notes import Note, NoteKind
from shared.contract.questions import Evidence, Verdict
from shared.contract.reading import ReadPaper, ReadSection
from tests.unit.diagnose.diagnosis_papers import (
    answer_key,
    key_section,
    mark,
    read_paper,
    read_question,
    written,
)
from tests.unit.diagnose.point_indexes import NoTaxonomy


def score(paper: ReadPaper, key: AnswerKey | None) -> Analysis:
    return analyse(AnalysisInput(paper, key, None), ScoringRules(), NoTaxonomy())


def conflict(*sides: str) -> Note:
    return Note(kind=NoteKind.CONFLICT, where="一.1", details=sides)


def single(
    answer: str | None, *marks: Evidence, confidence: float = 0.97, key: str = "B"
) -> tuple[QuestionResult, tuple[Note, ...]]:
    question = read_question(1, "1", answer, marks=marks, confidence=confidence)
    found = score(read_paper(question), answer_key(key_section("一", key)))
    return found.questions[0], found.notes


def test_the_key_decides_where_nobody_marked() -> None:
    assert single("B")[0].verdict is Verdict.CORRECT
    assert single("B")[0].score == 5
    assert single("C")[0].verdict is Verdict.INCORRECT
    assert single("C")[0].score == 0


def test_an_unsure_answer_needs_review_and_has_no_score() -> None:
    question, _ = single("C", confidence=0.6)
    assert (question.verdict, question.score) == (Verdict.NEEDS_REVIEW, None)


def test_pages_that_may_be_of_two_students_are_graded_by_people_alone() -> None:
    mixed = (Note(kind=NoteKind.MIXED_PAGES, details=("names",)),)
    paper = read_paper(
        read_question(1, "1", "B"), read_question(2, "2", "B", marks=(mark("tick"),))
    ).model_copy(update={"warnings": mixed})
    key = answer_key(key_section("一", "BBB"))
    found = score(paper, key)
    assert {question.verdict for question in found.questions} == {Verdict.NEEDS_REVIEW}
    assert (found.score.earned, found.score.ungraded) == (0, 3)
    changes = {1: Change(student_answer="B"), 2: Change(verdict=Verdict.CORRECT, score=5)}
    given = AnalysisInput(paper, key, None, changes=changes)
    looked_at = analyse(given, ScoringRules(), NoTaxonomy()).questions
    assert [q.verdict for q in looked_at[:2]] == [Verdict.CORRECT, Verdict.CORRECT]


def test_an_empty_answer_place_is_unanswered_with_no_points() -> None:
    question, _ = single("")
    assert (question.verdict, question.score) == (Verdict.UNANSWERED, 0)


def test_no_answer_place_at_all_needs_review() -> None:
    assert single(None)[0].verdict is Verdict.NEEDS_REVIEW


def test_a_mark_is_believed_before_the_key_and_the_conflict_is_noted() -> None:
    question, notes = single("C", mark("tick"))
    assert (question.verdict, question.score) == (Verdict.CORRECT, 5)
    assert notes == (conflict("mark", "key"),)


def test_a_written_score_is_believed_before_marks() -> None:
    question, notes = single("B", mark("tick"), written("3"))
    assert (question.verdict, question.score) == (Verdict.PARTIAL, 3)
    assert set(notes) == {conflict("score", "mark"), conflict("score", "key")}


def test_a_deduction_is_taken_from_the_full_points() -> None:
    assert single("B", written("-2"))[0].score == 3


def test_an_impossible_written_score_is_not_believed() -> None:
    question, _ = single("B", written("9"))
    assert (question.verdict, question.score) == (Verdict.CORRECT, 5)


def test_an_unsure_mark_that_contradicts_the_key_calls_a_person() -> None:
    assert single("B", mark("cross", 0.6))[0].verdict is Verdict.NEEDS_REVIEW
    assert single("B", mark("cross", 0.3))[0].verdict is Verdict.CORRECT


def test_a_tick_and_a_cross_decide_nothing() -> None:
    assert single(None, mark("tick"), mark("cross"))[0].verdict is Verdict.NEEDS_REVIEW


def test_half_a_tick_earns_half() -> None:
    assert single(None, mark("half_tick"))[0].score == pytest.approx(2.5)


def test_a_key_question_that_was_not_found_needs_review() -> None:
    found = score(read_paper(read_question(1, "1", "A")), answer_key(key_section("一", "AB")))
    assert [q.verdict for q in found.questions] == [Verdict.CORRECT, Verdict.NEEDS_REVIEW]
    assert found.questions[1].student_answer is None
    assert found.notes == (Note(kind=NoteKind.QUESTION_NOT_FOUND, where="一.2"),)
    assert (found.score.earned, found.score.full, found.score.ungraded) == (5, 5, 1)
    assert found.sections[0].full == 10


def test_a_question_that_is_not_in_the_key_needs_review() -> None:
    reads = (read_question(1, "1", "A"), read_question(2, "9", "A", points=4))
    found = score(read_paper(*reads), answer_key(key_section("", "A")))
    stray = found.questions[1]
    assert (stray.verdict, stray.correct_answer) == (Verdict.NEEDS_REVIEW, None)
    assert stray.full_score == 4
    assert found.notes == (Note(kind=NoteKind.NOT_IN_KEY, where="9"),)


def test_without_a_key_marks_and_scores_still_count() -> None:
    reads = (
        read_question(1, "1", "A", marks=(mark("tick"),), points=5),
        read_question(2, "2", "A", marks=(written("2"),), points=5),
        read_question(3, "3", "A", points=5),
    )
    found = score(read_paper(*reads), None)
    assert [q.score for q in found.questions] == [5, 2, None]
    assert (found.score.earned, found.score.full) == (7, 10)


def test_a_written_total_that_cannot_be_is_noted() -> None:
    key = answer_key(key_section("", "AB"))
    reads = (read_question(1, "1", "A"), read_question(2, "2", "B"))
    differs = Note(kind=NoteKind.TOTAL_MISMATCH, details=("7", "10"))
    assert score(read_paper(*reads, written_total=7), key).notes == (differs,)
    assert score(read_paper(*reads, written_total=10), key).notes == ()


def test_a_written_total_that_ungraded_questions_could_explain_is_no_mismatch() -> None:
    key = answer_key(key_section("", "AB"))
    reads = (read_question(1, "1", "A"), read_question(2, "2", "B", confidence=0.3))
    assert score(read_paper(*reads, written_total=8), key).notes == ()


def test_a_written_section_score_is_checked() -> None:
    paper = ReadPaper(
        sections=(ReadSection(label="1", title="", written_score=3),),
        questions=(read_question(1, "1", "A", section="1"),),
    )
    differs = Note(kind=NoteKind.SECTION_MISMATCH, where="1", details=("3", "5"))
    assert score(paper, answer_key(key_section("一", "A"))).notes == (differs,)


def test_without_a_key_a_section_is_worth_what_is_printed() -> None:
    """Some of its questions may stand on a page that was not uploaded."""
    paper = ReadPaper(
        sections=(ReadSection(label="1", title="", points=5),),
        questions=(read_question(1, "1", "A", section="1").model_copy(update={"points": 1.0}),),
    )
    assert [section.full for section in score(paper, None).sections] == [5]
    key = answer_key(key_section("1", "A", points=4))
    assert [section.full for section in score(paper, key).sections] == [4]


def test_advice_names_a_section_whose_label_has_a_colon_as_it_is() -> None:
    label = "Part A: Listening"
    paper = ReadPaper(
        sections=(ReadSection(label=label, title="", written_score=3),),
        questions=(read_question(1, "1", "A", section=label),),
    )
    analysis = score(paper, answer_key(key_section(label, "A")))
    text = advise(analysis, (), Language.EN)
    assert (
        "The total written on section Part A: Listening is 3, but its questions add up to 5; "
        "please check."
    ) in text.recommendations


answers = st.lists(st.sampled_from(["A", "B", "C", "D", "", "AB", None]), min_size=1, max_size=20)


@given(answers, st.lists(st.floats(min_value=0, max_value=1), min_size=20, max_size=20))
def test_totals_are_the_sums_of_their_parts(
    texts: list[str | None], confidences: list[float]
) -> None:
    half = len(texts) // 2
    keys = [
        key_section(label, "A" * n, 3)
        for label, n in (("一", half), ("二", len(texts) - half))
        if n
    ]
    reads = [
        read_question(
            i + 1,
            str(i + 1 if i < half else i - half + 1),
            text,
            section="一" if i < half else "二",
            confidence=confidences[i],
        )
        for i, text in enumerate(texts)
    ]
    found = score(read_paper(*reads), answer_key(*keys))
    assert found.score.earned == pytest.approx(sum(q.score or 0 for q in found.questions))
    assert found.score.earned == pytest.approx(sum(s.earned for s in found.sections))
    assert found.score.ungraded == sum(q.score is None for q in found.questions)
    assert found.score.full == pytest.approx(3 * (len(texts) - found.score.ungraded))
    for question in found.questions:
        assert question.score is None or question.confidence >= 0.8


class BrokenIndex(NoTaxonomy):
    """Raises for one question, as a defect would."""

    def suggest(self, subject: str | None, text: str) -> tuple[KnowledgePoint, ...]:
        if "broken" in text:
            raise MemoryError
        return super().suggest(subject, text)


def test_a_question_whose_scoring_raises_is_left_to_a_person_and_the_others_are_scored() -> None:
    broken = read_question(1, "1", "B").model_copy(update={"stem": "broken"})
    paper = read_paper(broken, read_question(2, "2", "B"))
    source = AnalysisInput(paper, answer_key(key_section("一", "BB")), None)
    told: list[Exception] = []
    found = analyse(source, ScoringRules(), BrokenIndex(), told.append)
    assert [q.verdict for q in found.questions] == [Verdict.NEEDS_REVIEW, Verdict.CORRECT]
    assert found.questions[0].student_answer == "B"
    assert found.notes == (Note(kind=NoteKind.SCORING_FAILED, where="一.1"),)
    assert [type(error) for error in told] == [MemoryError]
    assert (found.score.earned, found.score.full) == (5, 5)
