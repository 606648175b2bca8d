"""A person's word goes before what was read and graded."""

from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.corrections import Change
from shared.contract.documents import Analysis
from shared.contract.questions import QuestionType, Verdict
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from tests.unit.diagnose.point_indexes import NoTaxonomy

CHOICE = QuestionType.SINGLE_CHOICE
KEY = AnswerKey(
    title="T",
    sections=(
        KeySection(
            label="一",
            questions=tuple(
                KeyQuestion(number=str(n), type=CHOICE, answer="A", points=5) for n in (1, 2)
            ),
        ),
    ),
)
#: Question 1 was read as B without much confidence; question 2 was not found.
PAPER = ReadPaper(
    questions=(
        ReadQuestion(
            ordinal=1,
            section="一",
            number="1",
            type=CHOICE,
            answer=ReadAnswer(text="B", confidence=0.4),
        ),
    )
)


def analysed(**changes: Change) -> Analysis:
    by_ordinal = {int(name[1:]): change for name, change in changes.items()}
    return analyse(AnalysisInput(PAPER, KEY, None, by_ordinal), ScoringRules(), NoTaxonomy())


def test_without_corrections_both_questions_need_review() -> None:
    assert [q.verdict for q in analysed().questions] == [Verdict.NEEDS_REVIEW] * 2


def test_a_corrected_answer_is_graded_again() -> None:
    first = analysed(q1=Change(student_answer="A")).questions[0]
    assert (first.verdict, first.score, first.student_answer) == (Verdict.CORRECT, 5, "A")


def test_an_answer_can_be_given_for_a_question_that_was_not_found() -> None:
    analysis = analysed(q2=Change(student_answer="C"))
    assert analysis.questions[1].verdict is Verdict.INCORRECT
    assert analysis.score.ungraded == 1


def test_a_given_verdict_and_score_are_final_and_counted() -> None:
    analysis = analysed(q1=Change(verdict=Verdict.PARTIAL, score=2.5))
    assert analysis.questions[0].verdict is Verdict.PARTIAL
    assert analysis.score.earned == 2.5


def test_corrected_knowledge_points_replace_the_tags() -> None:
    question = analysed(q1=Change(knowledge_points=("分数",))).questions[0]
    assert [point.name for point in question.knowledge_points] == ["分数"]
