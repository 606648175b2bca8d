import pytest

from services.parse.domain.paper import read_paper
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.questions import QuestionType
from shared.contract.reading import InkColour, MarkKind, PenMark, TextLine
from tests.unit.parse.drawn import CHOICE, answers, column, line, page, sheet


def test_sections_questions_options_and_answers_are_read() -> None:
    paper = read_paper([sheet(CHOICE)])
    assert answers(paper) == {"一.1": "B", "一.2": "C", "二.1": "√", "二.2": "×"}
    assert [(section.label, section.points) for section in paper.sections] == [("一", 6), ("二", 4)]
    first = paper.questions[0]
    assert first.type is QuestionType.SINGLE_CHOICE
    assert [(option.label, option.text) for option in first.options] == [
        ("A", "甲"),
        ("B", "乙"),
        ("C", "丙"),
        ("D", "丁"),
    ]
    assert first.points == 3
    assert paper.questions[2].type is QuestionType.TRUE_FALSE


def test_every_answer_names_its_place() -> None:
    paper = read_paper([sheet(CHOICE)])
    for question in paper.questions:
        assert question.answer is not None
        (evidence,) = question.answer.evidence
        assert evidence.page == 1
        assert evidence.bbox is not None


def test_an_empty_bracket_is_an_answer_of_nothing_and_no_bracket_is_none() -> None:
    paper = read_paper([sheet("一、选择题\n1. 正确的是（   ）\nA. 甲 B. 乙\n2. 等于\nA. 甲 B. 乙")])
    assert answers(paper) == {"一.1": "", "一.2": None}


def test_a_letter_written_at_the_start_of_a_row_is_no_options_label() -> None:
    """What a reader found in a bracket comes as a segment of its own."""
    rows = column(
        """
        一、选择题（共4分）
        1. 下列对应关系中不合理的是
        （　　）实验材料和实验目的都写在这里
        A. 甲 | B. 乙
        C. 丙 | D. 丁
        2. 下列图形中正确的是（　　）
        A. 甲 | B. 乙
        """
    )
    written = line("D", rows[2].bbox[0] + 30, rows[2].bbox[1])
    assert answers(read_paper([page(*rows, written)]))["一.1"] == "D"


def test_an_answer_before_the_number_is_read_though_its_bracket_is_half() -> None:
    paper = read_paper([sheet("I. Multiple choice\n( A ) 1) one\nC )2) two\n( B ) 3) x")])
    assert answers(paper) == {"I.1": "A", "I.2": "C", "I.3": "B"}


def test_a_hasty_sign_read_as_a_figure_does_not_hide_the_number_behind_it() -> None:
    paper = read_paper(
        [sheet("II. True or false (T or F)\n( T ) 15. one\n( 7 ) 16. two\n(7) 17. x")]
    )
    assert [question.number for question in paper.questions] == ["15", "16", "17"]
    assert all(q.answer and q.answer.confidence < 0.8 for q in paper.questions[1:])


def test_writing_before_a_number_is_an_answer_whatever_figure_it_looks_like() -> None:
    rows = column("二、判断题\n（  ）1）甲。\n（  ）2）乙。")
    hasty = [
        TextLine(text="7", bbox=(102.0, y + 2, 10.0, 18.0), confidence=0.8) for y in (240.0, 280.0)
    ]
    paper = read_paper([page(*rows, *hasty)])
    assert [question.number for question in paper.questions] == ["1", "2"]


def test_a_stray_number_inside_a_row_does_not_hide_the_numbering() -> None:
    rows = [f"({n}) 设函数 f(x) 的值为{n}，求解" for n in range(1, 6)]
    rows[2] = "(3) 设函数 f(x) = | 1,则下列函数中为奇函数的是"
    paper = read_paper([sheet("一、填空题\n" + "\n".join(rows))])
    assert [question.number for question in paper.questions] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("heading", "text"),
    [("一、填空题（传统发明与战争）", "宣纸"), ("一、填空題（傳統發明與戰爭）", "宣紙")],
)
def test_handwriting_is_spelled_as_the_paper_is_printed(heading: str, text: str) -> None:
    paper = read_paper([sheet(f"{heading}\n1. 其原料不是合成的是 ____宣紙____ 。")])
    assert answers(paper) == {"一.1": text}


def test_two_letters_for_a_single_choice_are_left_to_a_person() -> None:
    paper = read_paper([sheet("一、单项选择题\n1. 正确的是（ AB ）\nA. 甲 B. 乙")])
    answer = paper.questions[0].answer
    assert answer is not None
    assert answer.confidence < 0.5


def test_an_eight_in_the_bracket_of_a_choice_is_b_but_not_surely() -> None:
    paper = read_paper([sheet("一、选择题\n1. 正确的是（8）\nA. 甲 B. 乙")])
    answer = paper.questions[0].answer
    assert answer is not None
    assert answer.text == "B"
    assert answer.confidence < 0.8


def test_english_parts_and_leading_blanks_are_read() -> None:
    paper = read_paper(
        [
            sheet(
                """
                English Test
                Part I Multiple Choice (2 points each, 4 points)
                ( A ) 1. He ___ to school. A. goes B. go C. going D. gone
                ( C ) 2. They ___ happy. A. is B. am C. are D. be
                Part II True or False (2 points)
                1. The sun is a star. ( T )
                """
            )
        ]
    )
    assert answers(paper) == {"I.1": "A", "I.2": "C", "II.1": "T"}
    assert [section.points for section in paper.sections] == [4, 2]


def test_numbers_of_instructions_are_no_questions() -> None:
    paper = read_paper(
        [
            sheet(
                """
                注意事项
                1. 答题前填写姓名。
                2. 用黑色笔作答。
                一、填空题
                1. 二加三等于____5____
                """
            )
        ]
    )
    assert answers(paper) == {"一.1": "5"}


def test_the_teachers_marks_go_to_the_nearest_question() -> None:
    drawn = sheet("一、计算题\n1. 求和\n2. 求积\n3. 求商")
    marks = (
        PenMark(kind=MarkKind.TICK, bbox=(300, 242, 30, 30), colour=InkColour.RED),
        PenMark(kind=MarkKind.CROSS, bbox=(300, 320, 30, 30), colour=InkColour.RED),
        PenMark(kind=MarkKind.SCORE, bbox=(20, 322, 30, 30), text="2", colour=InkColour.RED),
    )
    paper = read_paper([drawn.model_copy(update={"marks": marks})])
    assert [[mark.text for mark in question.marks] for question in paper.questions] == [
        ["tick"],
        [],
        ["cross", "2"],
    ]


def test_a_stem_runs_on_over_the_page() -> None:
    paper = read_paper(
        [sheet("一、解答题\n1. 如图所示已知三角形", 1), sheet("的面积求它的高\n2. 求和", 2)]
    )
    assert paper.questions[0].stem == "如图所示已知三角形的面积求它的高"
    assert [page_number for page_number, _ in paper.questions[0].places] == [1, 2]


def test_material_is_shared_by_the_questions_that_it_names() -> None:
    paper = read_paper(
        [
            sheet(
                """
                一、选择题
                1. 甲的是（ A ）
                A. 一 B. 二
                阅读下面的材料，完成2～3题。
                有一条河流。
                2. 乙的是（ B ）
                A. 一 B. 二
                3. 丙的是（ A ）
                A. 一 B. 二
                """
            )
        ]
    )
    assert [bool(question.material) for question in paper.questions] == [False, True, True]
    assert "河流" in paper.questions[2].material
    assert "河流" not in paper.questions[0].stem


def test_parts_are_cut_where_the_key_asks_for_them() -> None:
    key = AnswerKey(
        title="t",
        sections=(
            KeySection(
                label="一",
                questions=tuple(
                    KeyQuestion(number=n, type=QuestionType.FILL_IN, answer="1", points=1)
                    for n in ("1(1)", "1(2)")
                ),
            ),
        ),
    )
    drawn = sheet("一、填空题\n1. 已知一个数\n（1）它的两倍是__4__\n（2）它的三倍是__6__")
    assert answers(read_paper([drawn], key)) == {"一.1(1)": "4", "一.1(2)": "6"}
    assert len(read_paper([drawn]).questions) == 1


def test_a_key_gives_types_but_never_answers() -> None:
    key = AnswerKey(
        title="t",
        sections=(
            KeySection(
                label="1",
                questions=(
                    KeyQuestion(number="1", type=QuestionType.TRUE_FALSE, answer="T", points=1),
                ),
            ),
        ),
    )
    paper = read_paper([sheet("1. 零是自然数（  ）")], key)
    assert paper.questions[0].type is QuestionType.TRUE_FALSE
    assert answers(paper) == {"1": ""}


def test_metadata_of_the_head_is_read() -> None:
    drawn = sheet(
        """
        八年级数学期末考试试卷
        （满分120分 考试时间90分钟）
        班级：三班 姓名：李小明 学号：2023015
        一、选择题
        1. 正确的是（ A ）
        A. 甲 B. 乙
        """
    )
    found = read_paper([drawn]).metadata
    assert found.title == "八年级数学期末考试试卷"
    assert (found.subject, found.grade) == ("数学", "八年级")
    assert (found.full_score, found.duration_minutes) == (120, 90)
    assert (found.student_name, found.student_number, found.class_name) == (
        "李小明",
        "2023015",
        "三班",
    )


def test_a_page_without_text_fails_with_a_code() -> None:
    with pytest.raises(PermanentFailure) as failure:
        read_paper([page()])
    assert failure.value.code is FailureCode.NO_QUESTIONS_FOUND


def test_the_number_in_brackets_is_no_answer() -> None:
    paper = read_paper(
        [sheet("一、选择题\n（8）正确的是（ A ）\nA. 甲 B. 乙\n（9）错的是\nA. 甲 B. 乙")]
    )
    assert answers(paper) == {"一.8": "A", "一.9": None}
