"""The character error finds each line's place and counts what differs."""

from hypothesis import given
from hypothesis import strategies as st

from examlens.evaluate.character_error import CharacterErrors, count_errors

_PRINTED = "一、选择题（每小题4分）\n1．计算3加5的结果是（__）\nA．7\nB．8\nC．9\nD．10\n"

_WORDS = st.text("甲乙丙丁ab1", max_size=20)


def test_text_that_was_read_as_printed_has_no_errors() -> None:
    errors = count_errors(_PRINTED, _PRINTED.splitlines())

    assert errors.errors == 0


def test_the_order_and_grouping_of_lines_does_not_matter() -> None:
    lines = ["A．7 B．8 C．9 D．10", "1．计算3加5的结果是（ B ）", "一、选择题（每小题4分）"]

    assert count_errors(_PRINTED, lines).errors == 0


def test_width_and_white_space_do_not_count() -> None:
    lines = ["一、选择题(每小题 4 分)", "1.计算 3 加 5 的结果是( )", "A.7B.8C.9D.10"]

    assert count_errors(_PRINTED, lines).errors == 0


def test_a_misread_character_is_one_error() -> None:
    assert count_errors("下列各数中最小的数", ["下列各教中最小的数"]) == CharacterErrors(1, 9)


def test_a_misread_last_character_is_one_error() -> None:
    assert count_errors("下列各数中最小的数", ["下列各数中最小的教"]) == CharacterErrors(1, 9)


def test_a_lost_character_and_an_invented_one_are_one_error_each() -> None:
    assert count_errors("下列各数中最小的数", ["下列各中最小的的数"]).errors == 2


def test_printed_text_that_nobody_read_counts_whole() -> None:
    assert count_errors("甲乙丙丁\n戊己庚辛", ["甲乙丙丁"]) == CharacterErrors(4, 8)


def test_lines_that_are_not_printed_text_do_not_count() -> None:
    lines = ["甲乙丙丁", "学校______班级______装订线", "第1页共2页"]

    assert count_errors("甲乙丙丁", lines).errors == 0


def test_handwriting_at_an_answer_place_does_not_count() -> None:
    assert count_errors("水的化学式是____。", ["水的化学式是 H2O 。"]).errors == 0
    assert count_errors("正确的是（　　）", ["正确的是（BD）"]).errors == 0


def test_formulas_do_not_count_however_they_were_read() -> None:
    printed = "函数$f(x)=x^{2}$的最小值是"

    assert count_errors(printed, ["函数 f（x)=x2 的最小值是"]).errors == 0
    assert count_errors(printed, ["函数", "的最小值是"]).errors == 0


def test_a_teachers_tick_beside_the_print_does_not_count() -> None:
    printed = "甲乙丙\n1．下列各数中最小的数（__）"

    assert count_errors(printed, ["√1.下列各数中最小的数（ C ）√", "甲乙丙"]).errors == 0


def test_equal_lines_each_need_their_own_reading() -> None:
    printed = "甲乙丙丁\n甲乙丙丁"

    assert count_errors(printed, ["甲乙丙丁", "甲乙丙丁"]).errors == 0
    assert count_errors(printed, ["甲乙丙丁"]).errors == 4


def test_no_text_at_all_is_all_errors() -> None:
    assert count_errors("甲乙丙丁", []) == CharacterErrors(4, 4)
    assert count_errors("", ["甲"]) == CharacterErrors(0, 0)


@given(
    st.text("甲乙丙丁ab1", max_size=40), st.lists(st.text("甲乙丙丁ab1", max_size=12), max_size=6)
)
def test_errors_are_never_negative_and_reading_nothing_is_never_better(
    printed: str, lines: list[str]
) -> None:
    errors = count_errors(printed, lines)

    assert errors.errors >= 0
    assert errors.characters == len(printed)
    assert 0 <= errors.errors <= errors.characters + sum(map(len, lines))


@given(st.lists(st.characters(min_codepoint=0x4E00, max_codepoint=0x8FFF), min_size=7, unique=True))
def test_a_misread_character_is_one_error_wherever_it_stands(characters: list[str]) -> None:
    printed = "".join(characters)

    for place in range(len(printed)):
        misread = printed[:place] + "x" + printed[place + 1 :]
        assert count_errors(printed, [misread]).errors == 1
