"""Questions that ask by their form: sums of drills, conversions, comparisons, blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.parse.domain.paper import read_paper
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadPaper
from tests.unit.parse.drawn import column, page, sheet


def answers(paper: ReadPaper) -> dict[str, str | None]:
    return {
        f"{question.section}.{question.number}".strip("."): (
            question.answer.text if question.answer else None
        )
        for question in paper.questions
    }


def test_sums_without_numbers_are_counted_and_their_results_read() -> None:
    paper = read_paper([sheet("16+27=43\n37-25 =12\n5×3=15\n(44+156)×7÷2 = 700")])
    assert answers(paper) == {"1": "43", "2": "12", "3": "15", "4": "700"}
    assert {question.type for question in paper.questions} == {QuestionType.FILL_IN}


def test_a_sum_whose_sign_was_misread_is_still_one() -> None:
    paper = read_paper([sheet("184÷8=23\n(87±93)×30±2=2700\n360士30=12\n16十27=43")])
    assert answers(paper) == {"1": "23", "2": "2700", "3": "12", "4": "43"}


def test_a_drill_of_two_columns_is_counted_down_each_under_its_head() -> None:
    rows = "184÷8=23\n360÷30=12\n960÷12=80\n550÷50=11"
    lines = [
        *column(f"第70片\n{rows}"),
        *column("第71片\n66×40=2640\n20+60=80\n5.6+3.4=9\n87-23=64", x=560.0),
    ]
    paper = read_paper([page(*lines)])
    assert answers(paper) == {
        "第70.1": "23", "第70.2": "12", "第70.3": "80", "第70.4": "11",
        "第71.1": "2640", "第71.2": "80", "第71.3": "9", "第71.4": "64",
    }  # fmt: skip


def test_words_that_stand_apart_behind_a_sum_widen_no_column() -> None:
    lines = [
        *column("1+1=2\n1+2=3\n1+3=4\n1+4=5\n1+5=6"),
        *column("2+1=3", x=405.0),
        *column("2+2=4\n2+3=5\n2+4=6\n2+5=7", x=400.0, y=240.0),
        *column("填一填。\n3米 < 4米\n5米 > 4米\n6米 < 7米\n8米 > 7米", x=700.0),
    ]
    found = answers(read_paper([page(*lines)]))
    assert [found[number] for number in sorted(found, key=int)] == [*"2345634567<><>"]


def test_a_rest_of_a_sum_is_no_head_of_a_column() -> None:
    lines = [
        *column("圉70元\n1+1=2\n1+2=3\n1+3=4\n1+4=5"),
        *column("=1\n2+1=3\n2+2=4\n2+3=5\n2+4=6", x=560.0),
    ]
    sections = [section.label for section in read_paper([page(*lines)]).sections]
    assert sections == ["第70", "第71"]


def test_a_head_that_was_not_read_counts_on_from_its_neighbour() -> None:
    lines = [
        *column("第70片\n1+1=2\n1+2=3\n1+3=4\n1+4=5"),
        *column("mne\n2+1=3\n2+2=4\n2+3=5\n2+4=6", x=560.0),
    ]
    sections = [section.label for section in read_paper([page(*lines)]).sections]
    assert sections == ["第70", "第71"]


def test_conversions_are_answered_in_their_bracket_and_comparisons_by_their_sign() -> None:
    paper = read_paper([sheet("6米=(60)分米\n7000千克=(7)吨\n3分米 < 3厘米\n5米 > 53厘米\n1+1=2")])
    assert answers(paper) == {"1": "60", "2": "7", "3": "<", "4": ">", "5": "2"}


def test_an_equation_with_a_bare_number_behind_it_is_no_comparison() -> None:
    assert answers(read_paper([sheet("16+27=43\n1+1=2\n2+2=4\n3+3=6")]))["1"] == "43"


def test_lettered_sums_are_addressed_by_their_letters() -> None:
    paper = read_paper([sheet("Part 1\na. 7+1=8\nb. 7+2=9\nc. 4+1=5\nd. 4+2=6")])
    assert answers(paper) == {"1.a": "8", "1.b": "9", "1.c": "5", "1.d": "6"}


def test_sums_inside_of_a_numbered_question_are_no_questions() -> None:
    paper = read_paper(
        [sheet("一、计算题\n1. 口算\n1+1=2\n2+2=4\n3+3=6\n4+4=8\n5+5=10\n2. 列式计算")]
    )
    assert [question.number for question in paper.questions] == ["1", "2"]


def test_numbered_sums_keep_their_numbers() -> None:
    paper = read_paper([sheet("① 1+1=2\n② 2+2=4\n③ 3+3=6\n④ 4+4=8\n⑤ 5+5=10")])
    assert answers(paper) == {"1": "2", "2": "4", "3": "6", "4": "8", "5": "10"}


def test_a_look_alike_in_a_result_is_a_digit_but_not_sure() -> None:
    paper = read_paper([sheet("360÷40=q\n1+1=2\n2+2=4\n3+3=6")])
    assert answers(paper)["1"] in {"9", "q"}
    first = paper.questions[0].answer
    assert first is not None
    assert first.confidence < 0.8


def test_text_without_questions_becomes_blocks_to_look_at() -> None:
    paper = read_paper([page(*column("今天天气很好\n我们去公园"), *column("小狗在跑", y=600.0))])
    assert len(paper.questions) == 2
    assert all(question.answer is None for question in paper.questions)


@pytest.mark.parametrize("head", ["第48片", "图48月", "48"])
def test_heads_are_told_by_their_numbers(head: str) -> None:
    lines = [
        *column(f"{head}\n1+1=2\n1+2=3\n1+3=4\n1+4=5"),
        *column(f"{head.replace('48', '49')}\n2+1=3\n2+2=4\n2+3=5\n2+4=6", x=560.0),
    ]
    assert [s.label for s in read_paper([page(*lines)]).sections] == ["第48", "第49"]


@given(st.lists(st.text("0123456789+-×÷=()（）<>○米厘a.、 ", max_size=14), max_size=8))
def test_any_rows_of_signs_are_read_without_an_error(rows: list[str]) -> None:
    text = "\n".join(row.strip() or "1" for row in rows) or "1"
    assert read_paper([sheet(text)]).questions


def test_letters_that_were_not_read_count_on() -> None:
    rows = "a. 7+1=8\nb. 7+2=9\nn. 4+1=5\nd. 4+2=6\ne. 9+1=10\nf. 9+2=11\n9. 5+1=6\n.5+2=7"
    paper = read_paper([sheet(rows)])
    results = ("8", "9", "5", "6", "10", "11", "6", "7")
    assert answers(paper) == dict(zip("abcdefgh", results, strict=True))
    sure = [q.number for q in paper.questions if q.answer and q.answer.confidence > 0.8]
    # Behind f a row may have been lost.
    assert sure == list("abcdef")


def test_a_dash_before_the_result_of_an_addition_is_a_bar_of_its_equals_sign() -> None:
    paper = read_paper([sheet("16+27=-43\n37-25 =-12\n5×3=15\n9+2=11")])
    assert answers(paper) == {"1": "43", "2": "-12", "3": "15", "4": "11"}
    (first, *_) = paper.questions
    assert first.answer is not None
    assert first.answer.confidence < 0.8
