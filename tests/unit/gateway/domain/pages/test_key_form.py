"""The table editor: what is typed becomes a key, and what is wrong is named by row and field."""

import pytest

from services.gateway.domain.pages.key_form import (
    InvalidKey,
    KeyRow,
    key_of,
    read_rows,
    rows_of,
)
from shared.contract.answer_key import AnswerKey
from shared.contract.questions import Evidence, EvidenceKind, Verdict
from tests.question_results import question

PAPER = {"title": "Test", "subject": "", "grade": "七年级"}


def row(number: str, answer: str = "A", points: str = "3", section: str = "") -> KeyRow:
    return KeyRow(section=section, number=number, answer=answer, points=points)


def test_rows_become_sections_in_the_order_of_their_first_question() -> None:
    key = key_of(PAPER, [row("1", section="一"), row("2", section="二"), row("3", section="一")])
    assert [section.label for section in key.sections] == ["一", "二"]
    assert [q.number for q in key.sections[0].questions] == ["1", "3"]
    assert (key.subject, key.grade) == (None, "七年级")


def test_empty_rows_are_left_out() -> None:
    assert len(rows_of(key_of(PAPER, [row("1"), KeyRow(), KeyRow(points="3")]))) == 1


def test_knowledge_points_are_separated_by_either_semicolon() -> None:
    typed = KeyRow(number="1", answer="A", points="1", knowledge_points="整式；代数; ")
    (section,) = key_of(PAPER, [typed]).sections
    assert section.questions[0].knowledge_points == ("整式", "代数")


def test_what_the_editor_does_not_show_is_kept() -> None:
    before = AnswerKey.model_validate(
        {
            "title": "T",
            "sections": [
                {
                    "label": "一",
                    "title": "选择题",
                    "questions": [
                        {
                            "number": "1",
                            "type": "single_choice",
                            "answer": "A",
                            "points": 3,
                            "stem": "1+1",
                            "class_score_rate": 0.5,
                        }
                    ],
                }
            ],
        }
    )
    typed = [*rows_of(before), row("2", section="一")]
    after = key_of({"title": "T"}, typed, before)
    (section,) = after.sections
    assert section.title == "选择题"
    assert (section.questions[0].stem, section.questions[0].class_score_rate) == ("1+1", 0.5)
    assert section.questions[1].stem is None


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("1"), row("2", points="x")], (2, "points", "float_parsing")),
        ([KeyRow(), row("1", points="0")], (2, "points", "greater_than")),
        ([row("1" * 30)], (1, "number", "string_too_long")),
        ([row("1"), row("1")], (0, "number", "duplicate")),
        ([], (0, "sections", "too_short")),
    ],
)
def test_what_is_wrong_is_named_by_row_and_field(
    rows: list[KeyRow], found: tuple[int, str, str]
) -> None:
    with pytest.raises(InvalidKey) as caught:
        key_of(PAPER, rows)
    (error,) = caught.value.errors
    assert (error.row, error.field, error.rule) == found


def read(ordinal: int, answer: str | None, *confidence: float, **fields: object) -> KeyRow:
    evidence = tuple(
        Evidence(kind=EvidenceKind.ANSWER, text=answer, confidence=one) for one in confidence
    )
    update = {"student_answer": answer, "evidence": evidence, **fields}
    (row,) = read_rows([question(ordinal, Verdict.NEEDS_REVIEW).model_copy(update=update)])
    return row


def test_what_was_read_on_a_model_paper_becomes_rows_that_lead_to_their_pictures() -> None:
    row = read(3, "B", 0.97)
    assert row == KeyRow(
        section="一", number="3", type="single_choice", answer="B", points="2", ordinal="3"
    )
    # What nobody printed is one point; what has no number has its place.
    assert read(3, "B", 0.97, full_score=None, number="").points == "1"
    assert read(3, "B", 0.97, number="").number == "3"


@pytest.mark.parametrize(
    ("answer", "confidence"), [(None, ()), ("", (0.99,)), ("B", ()), ("7；8", (0.99, 0.5))]
)
def test_an_answer_that_was_not_surely_read_is_pointed_out(
    answer: str | None, confidence: tuple[float, ...]
) -> None:
    assert read(1, answer, *confidence).is_unsure
