"""Answer tables, sheets and lists answer the questions of their numbers."""

from services.parse.domain.paper import read_paper
from shared.contract.questions import QuestionType
from tests.unit.parse.drawn import CHOICE, answers, column, line, page, sheet, table


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


def test_a_title_right_above_a_table_counts_whatever_stands_beside_it() -> None:
    """In a column of its own, read as one row with the text of the column before it."""
    drawn = page(
        *column(
            """一、选择题
            1. 甲是（ B ）
            A. 一 | B. 二
            2. 乙是（ A ）
            A. 一 | B. 二
            二、判断题
            1. 一是数。
            2. 二是数。""",
            y=200,
        ),
        line("答题栏", 700, 194),
        tables=(table([["题号", "1", "2"], ["答案", "×", "√"]], x=700, y=230),),
    )
    assert answers(read_paper([drawn])) == {
        "一.1": "B",
        "一.2": "A",
        "二.1": "×",
        "二.2": "√",
    }


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
