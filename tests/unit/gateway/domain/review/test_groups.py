"""What reads alike is decided together."""

from services.gateway.domain.review.groups import Reviewed, group_reviewed
from shared.contract.questions import Verdict
from tests.question_results import question


def of(exam: str, answer: str | None, *, number: int = 1, paper: str | None = "paper") -> Reviewed:
    asked = question(number, Verdict.NEEDS_REVIEW).model_copy(
        update={"student_answer": answer, "correct_answer": "12 cm"}
    )
    return Reviewed(exam_id=exam, paper_id=paper, student=exam, question=asked)


def test_equal_readings_of_one_question_are_one_group() -> None:
    groups = group_reviewed([of("a", "12cm"), of("b", "12 CM"), of("c", "13")])
    assert [[member.exam_id for member in group.members] for group in groups] == [["a", "b"], ["c"]]


def test_what_equals_the_key_comes_first_and_says_so() -> None:
    groups = group_reviewed([of("a", "13"), of("b", "13"), of("c", "12cm")])
    assert [(group.answer, group.is_like_key) for group in groups] == [
        ("12cm", True),
        ("13", False),
    ]


def test_nothing_read_is_a_group_of_its_own_and_comes_last() -> None:
    groups = group_reviewed([of("a", None), of("b", None), of("c", "")])
    assert [(group.answer, len(group.members)) for group in groups] == [("", 1), (None, 2)]


def test_questions_without_a_paper_are_never_taken_for_the_same() -> None:
    assert len(group_reviewed([of("a", "1", paper=None), of("b", "1", paper=None)])) == 2


def test_questions_come_in_the_order_of_the_paper() -> None:
    groups = group_reviewed([of("a", "1", number=3), of("a", "1", number=2)])
    assert [group.members[0].question.ordinal for group in groups] == [2, 3]
