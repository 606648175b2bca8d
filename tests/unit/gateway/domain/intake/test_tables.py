"""Tables are read whatever program wrote them."""

import datetime as dt

import pytest

from services.gateway.domain.intake.answer_keys import parse_answer_key_table
from services.gateway.domain.intake.csv_text import csv_table
from services.gateway.domain.intake.rosters import parse_roster
from services.gateway.domain.protocol.problems import Problem

KEY = "title,section,number,type,answer,points\n期中,一,1,single_choice,C,3\n,,2,fill_in,12,4\n"


def read(body: bytes) -> list[tuple[str, str, float]]:
    key = parse_answer_key_table(csv_table(body, "csv"))
    return [
        (f"{s.label}.{q.number}", q.answer, q.points) for s in key.sections for q in s.questions
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(KEY.encode(), id="UTF-8"),
        pytest.param(KEY.encode("utf-8-sig"), id="UTF-8 with a BOM"),
        pytest.param(KEY.encode("gbk"), id="GBK"),
        pytest.param(KEY.encode("utf-16"), id="UTF-16"),
        pytest.param("\ufeff".encode("utf-16-be") + KEY.encode("utf-16-be"), id="UTF-16 BE"),
        pytest.param(KEY.encode("utf-16-le"), id="UTF-16 without a BOM"),
        pytest.param(KEY.replace(",", ";").encode(), id="semicolons"),
        pytest.param(KEY.replace(",", "\t").encode("utf-16"), id="Unicode text"),
        pytest.param(("sep=;\r\n" + KEY.replace(",", ";")).encode(), id="named delimiter"),
        pytest.param(KEY.replace("\n", "\r\n").encode(), id="CR LF"),
        pytest.param(KEY.replace("\n", "\r").encode(), id="CR"),
        pytest.param(KEY.replace("\n", ",,\n").encode(), id="trailing commas"),
        pytest.param(KEY.replace("4\n", "4,,,\n,,,,,\n,,,,,\n").encode(), id="empty rows"),
        pytest.param(KEY.replace("title,section", "Title, SECTION ").encode(), id="capitals"),
        pytest.param(
            KEY.replace("points", "points,备注")
            .replace("3\n", "3,易\n")
            .replace("4\n", "4,\n")
            .encode(),
            id="a further column",
        ),
        pytest.param(("七年级数学,,,,,\n,,,,,\n" + KEY).encode(), id="a title above"),
        pytest.param(("七年级数学\n" + KEY.replace(",", ";")).encode(), id="a title alone above"),
    ],
)
def test_a_key_is_the_same_however_it_is_written(body: bytes) -> None:
    assert read(body) == [("一.1", "C", 3.0), ("一.2", "12", 4.0)]


def test_columns_may_be_named_with_blanks() -> None:
    rows = "Student Ref;File;Name\ns-1;a.pdf;张三\n"
    assert parse_roster(csv_table(rows.encode(), "roster"))[0].student_ref == "s-1"


def test_a_cell_that_became_a_date_is_refused_not_read_as_a_number() -> None:
    header = ["number", "type", "answer", "points", "checked on"]
    day = dt.datetime(2026, 3, 4)  # noqa: DTZ001 - cells have no zone
    with pytest.raises(Problem) as raised:
        parse_answer_key_table([header, [1, "fill_in", day, 2]], "t")
    assert raised.value.extensions["errors"] == [{"field": "csv", "rule": "date_cell"}]
    parse_answer_key_table([header, [1, "fill_in", "3-4", 2, day]], "t")


def test_cells_of_a_workbook_are_texts_as_it_shows_them() -> None:
    header = ["number", "type", "answer", "points"]
    rows = [[1, "true_false", True, 2], [2, "fill_in", 0.1 + 0.2, 2.5], [3.0, "fill_in", 12, 1]]
    key = parse_answer_key_table([header, *rows], "t")
    found = [(q.number, q.answer, q.points) for q in key.sections[0].questions]
    assert found == [("1", "TRUE", 2.0), ("2", "0.3", 2.5), ("3", "12", 1.0)]
