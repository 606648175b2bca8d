"""What a question asks by its form is handed over apart from what the student wrote."""

import pytest

from services.parse.domain.paper import read_paper
from shared.contract.reading import ReadQuestion
from tests.unit.parse.drawn import column, line, page, sheet

#: Sums that make a drill of what stands beside them.
_DRILL = "16+27=43\n37-25=12\n5×3=15\n36÷6=6\n"


def read(row: str) -> ReadQuestion:
    return read_paper([sheet(_DRILL + row)]).questions[-1]


def told(question: ReadQuestion) -> tuple[str, str, str] | None:
    asked = question.asked
    return None if asked is None else (asked.kind.value, asked.left, asked.right)


@pytest.mark.parametrize(
    ("row", "kind", "left", "right", "stem"),
    [
        ("184÷8=23", "sum", "184÷8", "____", "184÷8=____"),
        ("(12+28)×22÷2=440", "sum", "(12+28)×22÷2", "____", "(12+28)×22÷2=____"),
        ("1/4+2/4=(3/4)", "sum", "1/4+2/4", "____", "1/4+2/4=(____)"),
        ("1/4=(25)%", "equation", "1/4", "____%", "1/4=(____)%"),
        ("6米=(60)分米", "conversion", "6米", "____分米", "6米=(____)分米"),
        ("30千米=(30000米", "conversion", "30千米", "____米", "30千米=(____米"),
        ("3时20分=200分", "conversion", "3时20分", "____分", "3时20分=____分"),
        ("170秒=(2)分(50)秒", "conversion", "170秒", "____分(50)秒", "170秒=(____)分(50)秒"),
        ("3分米 < 3厘米", "comparison", "3分米", "3厘米", "3分米 ____ 3厘米"),
    ],
)
def test_sums_conversions_and_comparisons(
    row: str, kind: str, left: str, right: str, stem: str
) -> None:
    question = read(row)
    assert told(question) == (kind, left, right)
    assert question.stem == stem


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("(     16     )+27=43", "____+27", "43"),
        ("50-(      7      )=43", "50-____", "43"),
        ("x+3=7，x=( 4 )", "____+3", "7"),
        ("要使42÷(□+4)=6，□里应填( 3 )。", "42÷(____+4)", "6"),
    ],
)
def test_equations_with_one_place(text: str, left: str, right: str) -> None:
    rows = f"一、填空题\n1. 今年是( 龙 )年。\n2. {text}\n3. 明年是( 蛇 )年。"
    question = read_paper([sheet(rows)]).questions[1]
    assert told(question) == ("equation", left, right)


@pytest.mark.parametrize(
    "text",
    ["今年是( 龙 )年。", "小明有( 3 )个苹果，3+4=7。", "3×(      3      )+(      4      )=13"],
)
def test_a_question_that_says_more_asks_for_no_arithmetic(text: str) -> None:
    rows = f"一、填空题\n1. {text}\n2. 明年是( 蛇 )年。"
    assert told(read_paper([sheet(rows)]).questions[0]) is None


def test_the_weakest_printed_character_counts_and_the_students_does_not() -> None:
    lines = column(_DRILL)
    lines += [line("18+25=", 80, 400, confidence=0.7), line("43", 150, 400, confidence=0.4)]
    asked = read_paper([page(*lines)]).questions[-1].asked
    assert asked is not None
    assert asked.confidence == 0.7
