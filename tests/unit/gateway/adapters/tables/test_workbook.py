"""Workbooks are read like CSV, and hostile ones are refused."""

import contextlib
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.adapters.tables.workbook import read_table
from services.gateway.domain.intake.answer_keys import parse_answer_key_table
from services.gateway.domain.intake.rosters import parse_roster
from services.gateway.domain.protocol.problems import Problem
from shared.contract.batches import RosterRow

HEADER = ["Section", "Number", "Type", "Answer", "Points", "备注"]


def workbook(*rows: list[object], before: int = 0) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for _ in range(before):
        book.create_sheet(index=0)
    sheet = book.worksheets[before]
    for row in rows:
        sheet.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(body: bytes, **changed: str) -> bytes:
    """``body`` with other content in some of its parts."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(body)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, changed.get(name.split("/")[-1][:-4], source.read(name)))
    return buffer.getvalue()


def rule_of(body: bytes) -> str:
    with pytest.raises(Problem) as raised:
        read_table(body, "csv")
    return str(raised.value.extensions["errors"][0]["rule"])


def test_a_key_in_a_workbook_is_read_with_merged_cells_and_formulas_left_out() -> None:
    book = workbook(
        ["七年级数学期中"],
        HEADER,
        ["一", 1, "single_choice", "C", 3],
        [None, 2, "fill_in", 12, 2.5, "易"],
        before=1,
    )
    book.worksheets[1].merge_cells("A1:F1")
    book.worksheets[1].merge_cells("A3:A4")
    key = parse_answer_key_table(read_table(saved(book), "csv"), "期中")
    found = [(s.label, q.number, q.answer, q.points) for s in key.sections for q in s.questions]
    assert found == [("一", "1", "C", 3.0), ("一", "2", "12", 2.5)]


def test_a_roster_may_be_a_workbook() -> None:
    body = saved(workbook(["student_ref", "file"], [20260101, "张三.pdf"], ["七-2", None]))
    assert parse_roster(read_table(body, "roster")) == (
        RosterRow(student_ref="20260101", file="张三.pdf"),
        RosterRow(student_ref="七-2", file=None),
    )


def sheet_of(rows: str, head: str = "") -> str:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{head}<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'


def test_a_million_empty_rows_cost_nothing_and_many_full_ones_are_refused() -> None:
    book = workbook(HEADER, ["一", 1, "fill_in", "a", 1])
    book.worksheets[0].cell(1_000_000, 1, " ")
    assert len(read_table(saved(book), "csv")) == 2
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 30_000))
    assert rule_of(repacked(saved(book), sheet1=sheet_of(rows))) == "xlsx_too_large"


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    body = repacked(saved(workbook(HEADER)), sheet1=" " * 30_000_000)
    assert len(body) < 100_000
    assert rule_of(body) == "xlsx_too_large"


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY e0 "x">'
        + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)),
        '<!ENTITY e9 SYSTEM "file:///etc/passwd">',
    ],
    ids=["that multiply", "that name a file"],
)
def test_entities_are_not_expanded(entities: str) -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row>'
    sheet = sheet_of(cell, f"<!DOCTYPE worksheet [{entities}]>")
    assert rule_of(repacked(saved(workbook(["a"])), sheet1=sheet)) == "xlsx_invalid"


@given(st.binary(max_size=300), st.integers(0, 5000))
def test_any_bytes_are_a_workbook_or_a_problem(noise: bytes, place: int) -> None:
    whole = saved(workbook(HEADER, ["一", 1, "fill_in", "a", 1]))
    place %= len(whole)
    with contextlib.suppress(Problem):
        read_table(b"PK\x03\x04" + (whole[4:place] + noise + whole[place + len(noise) :]), "csv")
