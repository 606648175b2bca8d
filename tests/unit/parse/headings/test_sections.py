import pytest

from services.parse.domain.headings.points import question_points, read_points
from services.parse.domain.headings.question_types import type_of_title
from services.parse.domain.headings.sections import find_headings
from services.parse.domain.pages.reading_order import passage_of_page
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.questions import QuestionType
from tests.unit.parse.drawn import sheet


def labels(text: str, key: AnswerKey | None = None) -> list[str]:
    return [heading.label for heading in find_headings(passage_of_page(sheet(text)), key)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一、选择题\n1. 甲\n二、填空题\n2. 乙", ["一", "二"]),
        ("Part I Listening\n1. a\nPart II Reading\n2. b", ["I", "II"]),
        ("Section A Grammar\n1. a\nSection B Vocabulary\n2. b", ["A", "B"]),
        ("I. Multiple choice\n1. a\nII. True or false\n2. b", ["I", "II"]),
        ("1. Multiple choice (6 points)\n1. a\n11. True or false (2 points)\n2. b", ["I", "II"]),
        (
            "I. Multiple choice\n1. a\nII. True or false\n2. b\nI Fill in the blanks (6 points)",
            ["I", "II", "III"],
        ),
        (
            "Part I Multiple choice\n1. a\nPart Il True or false\n2. b\nPart IIl Fill the blanks",
            ["I", "II", "III"],
        ),
        ("第一部分 选择题\n一、单选题\n1. 甲\n第二部分 非选择题\n二、解答题\n2. 乙", ["一", "二"]),
        ("第一部分 选择题\n1. 甲\n第二部分 非选择题\n2. 乙", ["一", "二"]),
        ("（一）积累运用（20分）\n1. 甲\n（二）阅读（30分）\n2. 乙", ["一", "二"]),
        ("一、阅读（20分）\n（一）阅读下文，完成1～2题。\n1. 甲\n2. 乙", ["一"]),
        ("选择题（每题2分）\n1. 甲", [""]),
        ("—、选择题\n1. 甲", ["一"]),
        ("1. 判断下列说法是否正确\n2. 一方有难，八方支援，这句话说明了什么", []),
    ],
)
def test_headings_are_found_and_labelled(text: str, expected: list[str]) -> None:
    assert labels(text) == expected


def test_labels_are_spelled_as_in_the_key() -> None:
    question = KeyQuestion(number="1", type=QuestionType.FILL_IN, answer="x", points=1)
    key = AnswerKey(title="t", sections=(KeySection(label="Part I", questions=(question,)),))
    assert labels("Part I Words\n1. a", key) == ["Part I"]


def test_a_heading_that_wraps_takes_its_second_row() -> None:
    text = "一、选择题（共5小题，每小题3分，\n共15分）\n1. 甲"
    (heading,) = find_headings(passage_of_page(sheet(text)))
    assert heading.points.total == 15
    assert heading.points.each == 3


@pytest.mark.parametrize(
    ("title", "total", "each"),
    [
        ("选择题（本大题共5小题，每小题3分，共15分）", 15, 3),
        ("选择题：本题共 12 小题，每小题 5 分，共 60 分．", 60, 5),
        ("填空题（每空2分，共20分）", 20, 2),
        ("解答题（70分）", 70, None),
        ("判断题（每题2分）", None, 2),
        ("选择题（共10小题，每小题2分）", 20, 2),
        ("Multiple choice (10 questions, 4 points each, 40 points)", 40, 4),
        ("True or false (6 × 3 = 18 points)", 18, 3),
        ("Reading (20 marks)", 20, None),
        ("Writing", None, None),
    ],
)
def test_points_of_headings_are_read(title: str, total: float | None, each: float | None) -> None:
    points = read_points(title)
    assert (points.total, points.each) == (total, each)


def test_points_of_single_numbers_are_read() -> None:
    points = read_points("综合题（第19小题10分，第20小题12分，共22分）")
    assert (points.of(19), points.of(20), points.total) == (10, 12, 22)


def test_points_at_the_start_of_a_stem_are_the_questions() -> None:
    assert question_points("（本小题满分12分）已知函数") == 12
    assert question_points("(10 points) Solve") == 10
    assert question_points("一共有12分钟") is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("单项选择题（共30分）", QuestionType.SINGLE_CHOICE),
        ("多选题", QuestionType.MULTIPLE_CHOICE),
        ("判断题（选择题不在此列）", QuestionType.TRUE_FALSE),
        ("填空题", QuestionType.FILL_IN),
        ("非选择题", QuestionType.SHORT_ANSWER),
        ("解答题", QuestionType.SHORT_ANSWER),
        ("作文", QuestionType.ESSAY),
        ("Multiple choice", QuestionType.SINGLE_CHOICE),
        ("Multiple answers", QuestionType.MULTIPLE_CHOICE),
        ("True (T) or false (F)", QuestionType.TRUE_FALSE),
        ("Fill in the blanks", QuestionType.FILL_IN),
        ("听力", QuestionType.SINGLE_CHOICE),
        ("积累", None),
    ],
)
def test_titles_name_types(title: str, kind: QuestionType | None) -> None:
    assert type_of_title(title) is kind


def test_a_lost_stroke_is_told_by_a_title_that_was_half_misread() -> None:
    text = "I. Multiple choice\n1. a\nII. True or false\n2. b\nII. FilI in the blanks\n3. c"
    headings = find_headings(passage_of_page(sheet(text)))
    assert [heading.label for heading in headings] == ["I", "II", "III"]
    assert headings[2].type is QuestionType.FILL_IN
