"""Answers as teachers type them."""

import pytest

from services.gateway.domain.intake.key_lines import UnreadableLine, parse_key_lines
from shared.contract.questions import QuestionType


def read(text: str) -> list[tuple[str, str, str]]:
    return [(q.number, q.type.value, q.answer) for q in parse_key_lines(text, 3)]


def test_a_run_of_letters_is_a_run_of_choices() -> None:
    found = read("1-10 CDBBA DACAB")
    assert [answer for _, _, answer in found] == list("CDBBADACAB")
    assert [number for number, _, _ in found] == [str(n) for n in range(1, 11)]
    assert {kind for _, kind, _ in found} == {"single_choice"}


@pytest.mark.parametrize("dash", ["-", "–", "—", "~", "～", "至", "到", "..", " - "])
def test_a_range_is_written_in_many_ways(dash: str) -> None:
    assert len(read(f"1{dash}3 abc")) == 3


def test_parts_for_each_question_may_have_several_letters() -> None:
    assert [answer for _, _, answer in read("11-13 AB C ACD")] == ["AB", "C", "ACD"]
    assert read("11-13 AB C ACD")[0][1] == "multiple_choice"


def test_ticks_and_crosses_are_true_or_false() -> None:
    assert {kind for _, kind, _ in read("1-5 √×√√×")} == {"true_false"}
    assert {kind for _, kind, _ in read("1-4 TFFT")} == {"true_false"}
    assert {kind for _, kind, _ in read("1-4 对错错对")} == {"true_false"}


def test_f_among_other_letters_is_an_option() -> None:
    assert {kind for _, kind, _ in read("36-40 EAFCG")} == {"single_choice"}


def test_anything_else_is_written_out() -> None:
    assert read("16 x=3 或 x=-3") == [("16", "fill_in", "x=3 或 x=-3")]
    assert read("1、C") == [("1", "single_choice", "C")]


def test_several_numbered_answers_may_stand_on_a_line() -> None:
    assert read("1. C 2. D 3. AB") == [
        ("1", "single_choice", "C"),
        ("2", "single_choice", "D"),
        ("3", "multiple_choice", "AB"),
    ]


def test_empty_lines_are_nothing() -> None:
    assert read("\n  \n1 A\n") == [("1", "single_choice", "A")]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("1-3 A\n4-5 ABC", 1, "count"),
        ("1-2 AB\n4-5 ABC", 2, "count"),
        ("CDB", 1, "no_number"),
        ("5-1 ABCDE", 1, "range"),
        ("1-999 A", 1, "range"),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(text: str, line: int, reason: str) -> None:
    with pytest.raises(UnreadableLine) as caught:
        parse_key_lines(text, 3)
    assert (caught.value.line, caught.value.reason) == (line, reason)


def test_every_question_gets_the_points() -> None:
    assert {q.points for q in parse_key_lines("1-3 ABC", 2.5)} == {2.5}
    assert parse_key_lines("1 C", 1)[0].type is QuestionType.SINGLE_CHOICE
