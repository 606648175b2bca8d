import pytest

from services.parse.domain.paper import read_paper
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.questions import QuestionType
from shared.contract.reading import MarkKind, PenMark, Region, TextChar, TextLine
from tests.unit.parse.drawn import answers, column, line, page, sheet, table

CHOICE = """
七年级数学期中试卷
一、选择题（每小题3分，共6分）
1. 下列说法正确的是（ B ）
A. 甲 | B. 乙
C. 丙 | D. 丁
2. 下列图形中是轴对称图形的是（ C ）
A. 圆 B. 角 C. 线段 D. 点
二、判断题（每题2分，共4分）
1. 零是自然数。（ √ ）
2. 一是质数。（ × ）
"""


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


def test_blanks_found_on_the_image_say_what_was_written_on_them() -> None:
    printed = line("1. 则常数的值为12.", 80, 260)
    heading = line("一、填空题", 80, 200)
    left = printed.bbox[0] + printed.bbox[2] - 34
    drawn = page(heading, printed).model_copy(
        update={"regions": (Region(kind="blank", bbox=(left, 284, 23, 2)),)}
    )
    assert answers(read_paper([drawn])) == {"一.1": "12"}


def test_several_blanks_are_joined_in_order() -> None:
    paper = read_paper([sheet("一、填空题\n1. 长__3__米，宽__4__米")])
    assert answers(paper) == {"一.1": "3；4"}


def test_a_misread_header_number_is_outvoted_by_its_position() -> None:
    heads = ["1", "2", "3", "4", "5", "9", "7", "8", "9", "10"]
    drawn = page(line("一、选择题", 80, 240), tables=(table([heads, list("BDCBDAADBC")]),))
    paper = read_paper([drawn])
    assert answers(paper) == {f"一.{n}": letter for n, letter in enumerate("BDCBDAADBC", start=1)}


def test_each_table_belongs_to_the_heading_above_it() -> None:
    drawn = page(
        line("一、选择题", 80, 240),
        line("二、判断题", 80, 440),
        tables=(
            table([["题号", "1", "2", "3"], ["答案", "A", "B", ""]]),
            table([["1", "2", "3"], ["T", "F", "T"]], y=500),
        ),
    )
    paper = read_paper([drawn])
    assert answers(paper) == {
        "一.1": "A",
        "一.2": "B",
        "一.3": "",
        "二.1": "T",
        "二.2": "F",
        "二.3": "T",
    }
    assert {question.type for question in paper.questions if question.section == "二"} == {
        QuestionType.TRUE_FALSE
    }


def test_a_table_at_the_end_answers_the_section_that_has_no_places_of_its_own() -> None:
    drawn = page(
        *column(
            """Part I Multiple choice
            ( B ) 1) One?
            A. a | B. b
            ( A ) 2) Two?
            A. a | B. b
            Part II True or false
            1) Three.
            2) Four.
            Answer table"""
        ),
        tables=(table([["No.", "1", "2"], ["Ans.", "T", "F"]], y=620),),
    )
    assert answers(read_paper([drawn])) == {"I.1": "B", "I.2": "A", "II.1": "T", "II.2": "F"}


def test_the_label_of_a_row_of_numbers_need_not_be_readable() -> None:
    drawn = page(
        line("一、选择题", 80, 240),
        tables=(table([["号", "1", "2", "3"], ["答案", "A", "B", "D"]]),),
    )
    assert answers(read_paper([drawn])) == {"一.1": "A", "一.2": "B", "一.3": "D"}


def test_a_vertical_table_is_read_by_its_columns() -> None:
    drawn = page(
        line("一、选择题", 80, 240),
        tables=(table([["1", "A"], ["2", "C"], ["3", "D"], ["4", "B"]]),),
    )
    assert answers(read_paper([drawn])) == {"一.1": "A", "一.2": "C", "一.3": "D", "一.4": "B"}


def test_bands_of_a_table_count_on() -> None:
    rows = [["1", "2", "3"], ["A", "B", "C"], ["4", "5", "6"], ["D", "A", "B"]]
    drawn = page(line("一、选择题", 80, 240), tables=(table(rows),))
    assert answers(read_paper([drawn])) == {
        f"一.{n}": letter for n, letter in enumerate("ABCDAB", start=1)
    }


def test_a_score_table_gives_scores_and_no_answers() -> None:
    rows = [["题号", "一", "二", "总分"], ["得分", "12", "8", "20"]]
    below = column(CHOICE, y=400)
    paper = read_paper([page(*below, tables=(table(rows, y=100),))])
    assert paper.written_total == 20
    assert [section.written_score for section in paper.sections] == [12, 8]
    assert len(paper.questions) == 4


def test_sections_of_a_score_table_are_told_by_position() -> None:
    rows = [["题号", "_", "一", "总分"], ["得分", "12", "8", "20"]]
    paper = read_paper([page(*column(CHOICE, y=400), tables=(table(rows, y=100),))])
    assert [section.written_score for section in paper.sections] == [12, 8]


def test_a_table_of_the_answer_sheet_answers_the_questions_of_the_paper() -> None:
    paper_page = sheet("一、选择题\n1. 正确的是\nA. 甲 B. 乙\n2. 错误的是\nA. 甲 B. 乙")
    answer_page = page(
        line("一、选择题", 80, 240), number=2, tables=(table([["1", "2"], ["A", "B"]]),)
    )
    paper = read_paper([paper_page, answer_page])
    assert answers(paper) == {"一.1": "A", "一.2": "B"}
    assert all(len(question.options) == 2 for question in paper.questions)


def test_the_teachers_marks_go_to_the_nearest_question() -> None:
    drawn = sheet("一、计算题\n1. 求和\n2. 求积\n3. 求商")
    marks = (
        PenMark(kind=MarkKind.TICK, bbox=(300, 242, 30, 30), colour="red"),
        PenMark(kind=MarkKind.CROSS, bbox=(300, 320, 30, 30), colour="red"),
        PenMark(kind=MarkKind.SCORE, bbox=(20, 322, 30, 30), text="2", colour="red"),
    )
    paper = read_paper([drawn.model_copy(update={"marks": marks})])
    assert [[mark.text for mark in question.marks] for question in paper.questions] == [
        ["tick"],
        [],
        ["cross", "2"],
    ]


def test_a_circled_option_is_the_answer() -> None:
    drawn = sheet("一、选择题\n1. 正确的是\nA. 甲 | B. 乙")
    circle = PenMark(kind=MarkKind.CIRCLE, bbox=(474, 276, 32, 32), confidence=0.9)
    paper = read_paper([drawn.model_copy(update={"marks": (circle,)})])
    assert answers(paper) == {"一.1": "B"}


def test_a_ring_tells_its_letter_where_the_label_was_not_seen_as_one() -> None:
    drawn = sheet("一、选择题\n1. 正确的是\nA. 甲 B乙 C. 丙 D. 丁")
    row = drawn.lines[2]
    ring = PenMark(kind=MarkKind.CIRCLE, bbox=(row.bbox[0] + 46, row.bbox[1] - 4, 32, 32))
    (question,) = read_paper([drawn.model_copy(update={"marks": (ring,)})]).questions
    assert question.answer is not None
    assert question.answer.text == "B"


def test_a_question_none_of_whose_options_is_marked_was_left_out() -> None:
    drawn = sheet(
        "一、选择题\n1. 甲是\nA. 甲 | B. 乙\nC. 丙 | D. 丁\n2. 乙是\nA. 甲 | B. 乙\nC. 丙 | D. 丁"
        "\n3. 丙是\nA. 甲 | B. 乙\nC. 丙 | D. 丁"
    )
    circles = tuple(
        PenMark(kind=MarkKind.CIRCLE, bbox=(474, y, 32, 32), confidence=0.9) for y in (276, 396)
    )
    labels = tuple(
        Region(kind="unmarked", bbox=(x, y, 20, 24)) for x in (78, 478) for y in (520, 560)
    )
    paper = read_paper([drawn.model_copy(update={"marks": circles, "regions": labels})])
    assert answers(paper) == {"一.1": "B", "一.2": "B", "一.3": ""}
    left_out = paper.questions[2].answer
    assert left_out is not None
    assert left_out.confidence >= 0.9


def test_corners_of_a_figure_are_no_options() -> None:
    drawn = sheet("一、填空题\n1. 三角形的高是\nA | B\n0\n2. 面积是")
    rule = Region(kind="blank", bbox=(80, 268, 90, 2))
    (first, _) = read_paper([drawn.model_copy(update={"regions": (rule,)})]).questions
    assert first.type is QuestionType.FILL_IN


def test_a_blank_on_a_row_of_its_own_belongs_to_the_row_above() -> None:
    drawn = sheet("一、填空题\n1. 三角形的面积是\n2. 高是")
    rule = Region(kind="blank", bbox=(80, 290, 90, 2))
    gone = drawn.lines[2].model_copy(update={"bbox": (80.0, 320.0, 90.0, 24.0)})
    moved = drawn.model_copy(update={"lines": (*drawn.lines[:2], gone), "regions": (rule,)})
    assert answers(read_paper([moved])) == {"一.1": "", "一.2": None}


def test_an_answer_beside_a_lost_number_is_left_to_a_person() -> None:
    drawn = sheet(
        "一、选择题（共4小题）\n1. 甲是（ A ）\nA. 甲 | B. 乙\n2. 乙是（ B ）\nA. 甲 | B. 乙"
        "\n丙是（ A ）\n4. 丁是（ B ）\nA. 甲 | B. 乙"
    )
    sure = {q.number: q.answer.confidence >= 0.8 for q in read_paper([drawn]).questions if q.answer}
    assert sure["1"]
    assert not sure["2"]


def test_a_section_is_answered_with_one_pair_of_signs() -> None:
    drawn = page(*column("Section B True or false\n( F ) 1) One.\n( T ) 2) Two.\n(   ) 3) Three."))
    told = (("√", 0.9), ("F", 0.4))
    odd = TextLine(
        text="F",
        bbox=(95.0, 320.0, 14.0, 22.0),
        chars=(TextChar(text="F", bbox=(95.0, 320.0, 14.0, 22.0), likely=told),),
    )
    clear = tuple(
        TextLine(
            text=sign,
            bbox=(95.0, y, 14.0, 22.0),
            chars=(TextChar(text=sign, bbox=(95.0, y, 14.0, 22.0), likely=((sign, 0.99),)),),
        )
        for sign, y in (("F", 240.0), ("T", 280.0))
    )
    bare = tuple(
        one.model_copy(update={"text": one.text.replace(" F ", "   ").replace(" T ", "   ")})
        for one in drawn.lines
    )
    paper = read_paper([drawn.model_copy(update={"lines": (*bare, *clear, odd)})])
    assert answers(paper) == {"B.1": "F", "B.2": "T", "B.3": "F"}


def test_a_struck_out_letter_does_not_count() -> None:
    drawn = sheet("一、选择题\n1. 正确的是（A C）\nA. 甲 B. 乙 C. 丙")
    text = drawn.lines[1]
    per_char = text.bbox[2] / (len("正确的是（") + 0.3 + 0.55 * 2 + 0.3 + 0.55 * 2 + 1)
    left = text.bbox[0] + per_char * (0.55 * 2 + 0.3 + 5)
    strike = PenMark(kind=MarkKind.STRIKE, bbox=(left, text.bbox[1] + 6, per_char * 0.6, 10))
    paper = read_paper([drawn.model_copy(update={"marks": (strike,)})])
    assert answers(paper) == {"一.1": "C"}


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


def test_a_page_without_questions_fails_with_a_code() -> None:
    with pytest.raises(PermanentFailure) as failure:
        read_paper([sheet("今天天气很好")])
    assert failure.value.code is FailureCode.NO_QUESTIONS_FOUND


def test_the_number_in_brackets_is_no_answer() -> None:
    paper = read_paper(
        [sheet("一、选择题\n（8）正确的是（ A ）\nA. 甲 B. 乙\n（9）错的是\nA. 甲 B. 乙")]
    )
    assert answers(paper) == {"一.8": "A", "一.9": None}


def test_a_list_of_answers_is_read_number_by_number() -> None:
    paper = read_paper([sheet("一、选择题\n1-5 BACDB   6-8：A B D")])
    assert answers(paper) == {f"一.{n}": letter for n, letter in enumerate("BACDBABD", start=1)}


def test_an_answer_sheet_that_prints_only_numbers_answers_the_paper() -> None:
    questions = sheet(
        "一、选择题\n1. 甲等于\nA. 一 B. 二\n2. 乙等于\nA. 一 B. 二\n二、填空题\n3. 丙等于几"
    )
    replies = sheet("答题卡\n一、选择题\n1. B | 2. A\n二、填空题\n3. 25", 2)
    paper = read_paper([questions, replies])
    assert answers(paper) == {"一.1": "B", "一.2": "A", "二.3": "25"}
    assert paper.questions[2].stem == "丙等于几"
