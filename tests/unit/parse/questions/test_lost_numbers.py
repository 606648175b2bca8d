"""Questions whose number was not read, or was read wrongly, are found all the same."""

from services.parse.domain.paper import read_paper
from tests.unit.parse.drawn import answers, sheet


def test_a_question_whose_number_was_not_read_is_found_between_its_neighbours() -> None:
    paper = read_paper(
        [
            sheet(
                """
                一、选择题
                1. 甲等于（ A ）
                A. 一 | B. 二 | C. 三
                乙等于（ B ）
                A. 一 | B. 二 | C. 三
                3. 丙等于（ C ）
                A. 一 | B. 二 | C. 三
                二、判断题
                1. 一是数。（ √ ）
                甲是数。（ × ）
                3. 二是数。（ √ ）
                """
            )
        ]
    )
    assert answers(paper) == {
        "一.1": "A",
        "一.2": "B",
        "一.3": "C",
        "二.1": "√",
        "二.2": "×",
        "二.3": "√",
    }


def test_questions_before_the_first_number_and_behind_the_last_are_found_by_their_options() -> None:
    paper = read_paper(
        [
            sheet(
                """
                （ A ） A. one | B. two
                C. three | D. four
                （ C ） 2 A. one | B. two
                C. three | D. four
                （ D ） 3. A. one | B. two
                C. three | D. four
                （ B ） 4. A. one | B. two
                C. three | D. four
                （ A ） 1. A. one | B. two
                C. three | D. four
                """
            )
        ]
    )
    assert answers(paper) == {"1": "A", "2": "C", "3": "D", "4": "B", "5": "A"}


def test_half_a_number_inside_of_a_row_fills_the_gap_that_it_fits() -> None:
    paper = read_paper(
        [
            sheet(
                """
                六、语法填空
                65. issue | 6. ready
                67. with | 68. growing
                69. expected | 7. public
                71. likely | 72. harm
                """
            )
        ]
    )
    assert [question.number for question in paper.questions] == [str(n) for n in range(65, 73)]


def test_a_lost_number_at_the_end_of_a_section_is_found_by_its_count() -> None:
    paper = read_paper(
        [
            sheet(
                """
                一、选择题（共3小题，每小题2分）
                ①甲等于（ A ）
                A. 一 | B. 二 | C. 三
                ②乙等于（ B ）
                A. 一 | B. 二 | C. 三
                ②丙等于（ C ）
                A. 一 | B. 二 | C. 三
                """
            )
        ]
    )
    assert answers(paper) == {"一.1": "A", "一.2": "B", "一.3": "C"}


def test_numbers_of_which_only_the_ring_was_seen_are_told_by_their_neighbours() -> None:
    paper = read_paper(
        [
            sheet(
                """
                一、选择题（共3小题）
                ①甲等于（ A ）
                A. 一 | B. 二 | C. 三
                ○乙等于（ B ）
                A. 一 | B. 二 | C. 三
                ®丙等于（ C ）
                A. 一 | B. 二 | C. 三
                二、判断题（共2小题）
                ④一是数。（ √ ）
                ©二是数。（ × ）
                """
            )
        ]
    )
    assert answers(paper) == {"一.1": "A", "一.2": "B", "一.3": "C", "二.4": "√", "二.5": "×"}


def test_a_section_goes_on_in_the_circled_numbers_of_the_one_before() -> None:
    read = "①②③④⑤⑥⑦⑧⑨⑩⑪②③④⑤"
    rows = [f"{sign}甲等于（ A ）\nA. 一 | B. 二 | C. 三" for sign in read]
    signs = [f"{sign}甲是数。（ √ ）" for sign in ("⑩", "⑦", "⑨", "⑲", "②⑩", "(21)")]
    paper = read_paper([sheet("\n".join(["一、选择题", *rows, "二、判断题", *signs]))])
    assert {question.number for question in paper.questions} >= {"15", "17", "19", "20"}


def test_numbers_beyond_the_last_ring_continue_in_brackets() -> None:
    rows = "\n".join(
        f"{chr(ord('①') + n)}甲数是（ A ）\nA. 一 | B. 二 | C. 三 | D. 四" for n in range(18, 20)
    )
    first = "\n".join(
        f"{chr(ord('①') + n)}甲数是（ A ）\nA. 一 | B. 二 | C. 三 | D. 四" for n in range(18)
    )
    last = "(21)甲数是（ C ）\nA. 一 | B. 二 | C. 三 | D. 四"
    paper = read_paper([sheet(f"一、选择题\n{first}", 1), sheet(f"{rows}\n{last}", 2)])
    assert [question.number for question in paper.questions] == [str(n) for n in range(1, 22)]
    assert paper.questions[-1].answer is not None
    assert paper.questions[-1].answer.text == "C"
