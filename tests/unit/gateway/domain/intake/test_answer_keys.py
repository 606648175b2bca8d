"""Answer keys as JSON and CSV."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.intake.answer_keys import parse_answer_key, parse_answer_key_table
from services.gateway.domain.intake.csv_text import csv_table
from services.gateway.domain.protocol.problems import Problem
from shared.contract.answer_key import AnswerKey

HEADER = "title,section,number,type,answer,points\n"


def parse_answer_key_csv(body: bytes) -> AnswerKey:
    return parse_answer_key_table(csv_table(body, "csv"))


def problem_of(body: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        parse_answer_key_csv(body)
    return caught.value


def test_rows_become_sections_in_the_order_of_their_first_row() -> None:
    rows = HEADER + "期中,二,1,fill_in,12,4\n,一,1,single_choice,C,3\n,二,2,fill_in,x=2,4\n"
    key = parse_answer_key_csv(rows.encode())
    assert key.title == "期中"
    assert [(s.label, [q.number for q in s.questions]) for s in key.sections] == [
        ("二", ["1", "2"]),
        ("一", ["1"]),
    ]
    assert key.full_score == 11


def test_duplicate_numbers_are_named_by_their_address() -> None:
    problem = problem_of((HEADER + "t,一,1,essay,a,1\nt,一,1,essay,b,1\n").encode())
    assert problem.code == "duplicate_questions"
    assert problem.extensions["questions"] == ["一.1"]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ("", "csv_columns"),
        ("number,type\n1,essay\n", "csv_columns"),
        (HEADER.replace("title", "surprise") + "t,一,1,essay,a,1\n", "missing"),
        (HEADER.replace("section", "Title") + "t,一,1,essay,a,1\n", "csv_columns"),
        (HEADER + "t,一,1,essay,a,1,more\n", "csv_columns"),
        (HEADER + "t,一,1\n", "csv_columns"),
        (HEADER + 't,一,1,essay,"a,1\n', "csv_invalid"),
        (HEADER + "t,一,1,essay,a,none\n", "float_parsing"),
        (HEADER + "t,一,1,essay,a,nan\n", "less_than_equal"),
        (HEADER + "t,一,1,guess,a,1\n", "enum"),
        (HEADER + ",一,1,essay,a,1\n", "missing"),
    ],
)
def test_a_broken_table_is_refused_with_the_rule_it_breaks(rows: str, rule: str) -> None:
    problem = problem_of(rows.encode())
    assert problem.code == "invalid_request"
    assert rule in {error["rule"] for error in problem.extensions["errors"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_table_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    key = parse_answer_key_csv((HEADER + "期中,一,1,fill_in,圆心,1\n").encode(encoding))
    assert (key.title, key.sections[0].questions[0].answer) == ("期中", "圆心")


def test_text_in_no_known_encoding_is_refused() -> None:
    assert problem_of(HEADER.encode() + b"\xff\xff\xff\n").code == "invalid_request"


@pytest.mark.parametrize(
    ("rows", "addresses"),
    [
        (
            "t,一,1,essay,a,1\n,,2,essay,a,1\n,二,1,essay,a,1\n,,2,essay,a,1\n",
            "一.1 一.2 二.1 二.2",
        ),
        ("t,,1,essay,a,1\n,二,1,essay,a,1\n,,2,essay,a,1\n", ".1 二.1 二.2"),
        ("t,一,1.0,essay,a,1\n,,2.0,essay,a,1\n,,10.0,essay,a,1\n", "一.1 一.2 一.10"),
        ("t,一,1.0,essay,a,1\n,,1.1,essay,a,1\n", "一.1.0 一.1.1"),
        ("t,一,1,essay,a,1\n,,1.1,essay,a,1\n", "一.1 一.1.1"),
        ("t,e\u0301,1,essay,a,1\n,\u00e9,2,essay,a,1\n", "é.1 é.2"),
    ],
)
def test_cells_are_read_as_spreadsheets_export_them(rows: str, addresses: str) -> None:
    key = parse_answer_key_csv((HEADER + rows).encode())
    found = [f"{s.label}.{q.number}" for s in key.sections for q in s.questions]
    assert found == addresses.split()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_body_breaks_the_parsers(body: bytes) -> None:
    for parse in (parse_answer_key, parse_answer_key_csv):
        with pytest.raises(Problem):
            parse(body)


def test_nul_inside_an_answer_is_refused() -> None:
    body = (
        b'{"title": "t", "sections": [{"questions": '
        b'[{"number": "1", "type": "essay", "answer": "a\\u0000", "points": 1}]}]}'
    )
    with pytest.raises(Problem) as caught:
        parse_answer_key(body)
    assert caught.value.extensions["errors"][0] == {
        "field": "body.sections.0.questions.0.answer",
        "rule": "control_characters",
    }


def _with_template(**changes: object) -> bytes:
    block = {
        "fieldType": "QTYPE_MCQ4",
        "fieldLabels": ["q1..4"],
        "origin": [10, 20],
        "bubblesGap": 30,
        "labelsGap": 40,
        **changes,
    }
    template = {
        "pageDimensions": [1000, 800],
        "bubbleDimensions": [30, 30],
        "fieldBlocks": {"Choices": block},
    }
    question = {"number": "1", "type": "single_choice", "answer": "A", "points": 2}
    key = {"title": "x", "sections": [{"questions": [question]}], "bubble_template": template}
    return json.dumps(key).encode()


def test_a_key_keeps_the_template_of_its_answer_sheet() -> None:
    template = parse_answer_key(_with_template()).bubble_template
    assert template is not None
    assert template["pageDimensions"] == [1000, 800]


@pytest.mark.parametrize(
    "changes",
    [
        {"fieldType": "UNKNOWN"},
        {"origin": [10]},
        {"fieldLabels": []},
        {"fieldLabels": ["q1..9999"]},
        {"direction": "aslant"},
    ],
)
def test_a_template_that_cannot_be_read_with_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Problem) as raised:
        parse_answer_key(_with_template(**changes))
    assert raised.value.code == "invalid_request"


@pytest.mark.parametrize("count", [1000, 1001])
def test_a_key_of_more_than_a_thousand_questions_is_refused_with_the_limit(count: int) -> None:
    rows = [("ABC"[n // 400], n % 400 + 1) for n in range(count)]
    table = HEADER + "".join(f"t,{label},{n},essay,a,1\n" for label, n in rows)
    questions = [
        [{"number": str(n), "type": "essay", "answer": "a", "points": 1} for s, n in rows if s == x]
        for x in "ABC"
    ]
    sections = [{"label": x, "questions": q} for x, q in zip("ABC", questions, strict=True)]
    document = json.dumps({"title": "t", "sections": sections}).encode()
    for parse, body in ((parse_answer_key_csv, table.encode()), (parse_answer_key, document)):
        if count <= 1000:
            assert sum(len(section.questions) for section in parse(body).sections) == count
            continue
        with pytest.raises(Problem) as caught:
            parse(body)
        assert caught.value.code == "too_many_questions"
        assert caught.value.extensions["max_questions"] == 1000
