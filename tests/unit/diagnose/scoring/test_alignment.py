"""Pairing read questions with the key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.domain.scoring.alignment import Pair, align
from services.diagnose.domain.scoring.section_labels import label_ordinals, number_key
from tests.unit.diagnose.diagnosis_papers import answer_key, key_section, read_paper, read_question


def matches(pairs: tuple[Pair, ...]) -> list[tuple[int | None, str | None]]:
    return [
        (
            pair.read.ordinal if pair.read else None,
            f"{pair.key.section.label}.{pair.key.question.number}" if pair.key else None,
        )
        for pair in pairs
    ]


@pytest.mark.parametrize("label", ["一", "1", "I", "A", "Part A", "Section 1", "第一部分", "一、"])
def test_every_form_of_a_first_label_is_one(label: str) -> None:
    assert 1 in label_ordinals(label)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("（３）", "3"), ("3.", "3"), ("十二", "12"), ("第4题", "4"), ("03", "3"), ("1 2", "12"),
        ("1.0", "1"), ("1.1", "1.1"), ("3(1)", "3.1"), ("第3题（1）", "3.1"), ("3-1", "3-1"),
    ],
)  # fmt: skip
def test_numbers_are_compared_in_their_bare_form(text: str, bare: str) -> None:
    assert number_key(text) == bare


@pytest.mark.parametrize(
    "labels", [("一", "二"), ("Part A", "Part B"), ("1", "2"), ("甲", "乙"), ("", "")]
)
def test_sections_are_matched_whatever_their_labels_look_like(labels: tuple[str, str]) -> None:
    key = answer_key(key_section("一", "ABC"), key_section("二", "AB"))
    reads = [read_question(i + 1, str(i + 1), "A", section=labels[0]) for i in range(3)]
    reads += [read_question(i + 4, str(i + 1), "A", section=labels[1]) for i in range(2)]
    found = matches(align(read_paper(*reads), key))
    assert found == [(1, "一.1"), (2, "一.2"), (3, "一.3"), (4, "二.1"), (5, "二.2")]


def test_a_misread_number_is_matched_by_its_place() -> None:
    key = answer_key(key_section("", "ABCDABCDAB"))
    numbers = ["1", "2", "3", "4", "5", "9", "7", "8", "9", "10"]
    pairs = align(read_paper(*(read_question(i + 1, n, "A") for i, n in enumerate(numbers))), key)
    assert matches(pairs) == [(i, f".{i}") for i in range(1, 11)]
    assert pairs[5].certainty < 1


def test_a_missing_question_leaves_its_key_alone_and_shifts_nothing() -> None:
    key = answer_key(key_section("", "ABCDE"))
    reads = [read_question(i, n, "A") for i, n in enumerate(["1", "2", "4", "5"], start=1)]
    found = matches(align(read_paper(*reads), key))
    assert found == [(1, ".1"), (2, ".2"), (None, ".3"), (3, ".4"), (4, ".5")]


def test_a_part_of_a_question_is_not_the_question_that_its_figures_spell() -> None:
    key = answer_key(key_section("", "A" * 11))
    questions = key.sections[0].questions
    parts = (questions[0].model_copy(update={"number": "1.1"}), *questions[1:])
    section = key.sections[0].model_copy(update={"questions": parts})
    reads = [read_question(1, "11", "A")]
    found = matches(align(read_paper(*reads), key.model_copy(update={"sections": (section,)})))
    assert (1, ".11") in found
    assert (None, ".1.1") in found


def test_pages_in_the_wrong_order_are_matched_by_number() -> None:
    key = answer_key(key_section("", "ABCDEF"))
    reads = [read_question(i, n, "A") for i, n in enumerate("456123", start=1)]
    found = matches(align(read_paper(*reads), key))
    assert found == [(4, ".1"), (5, ".2"), (6, ".3"), (1, ".4"), (2, ".5"), (3, ".6")]


def test_a_question_that_the_key_does_not_know_stays_where_it_was_read() -> None:
    key = answer_key(key_section("", "ABC"))
    reads = [read_question(i, n, "A") for i, n in enumerate(["1", "2", "12", "3"], start=1)]
    found = matches(align(read_paper(*reads), key))
    assert found == [(1, ".1"), (2, ".2"), (3, None), (4, ".3")]


def test_without_a_key_every_read_question_stands_alone() -> None:
    reads = (read_question(1, "1", "A"), read_question(2, "2", "B"))
    assert matches(align(read_paper(*reads), None)) == [(1, None), (2, None)]


@given(
    st.lists(st.sampled_from(["", "1", "2", "3", "7", "x"]), max_size=8),
    st.integers(min_value=1, max_value=6),
)
def test_every_question_of_both_sides_appears_exactly_once(numbers: list[str], size: int) -> None:
    key = answer_key(key_section("", "ABCDEF"[:size]))
    reads = tuple(read_question(i, n, "A") for i, n in enumerate(numbers, start=1))
    pairs = align(read_paper(*reads), key)
    assert sorted(p.read.ordinal for p in pairs if p.read) == [r.ordinal for r in reads]
    assert [p.key.question.number for p in pairs if p.key] == [str(n + 1) for n in range(size)]
