"""Nothing that cannot be stored passes the gate; all else does unchanged."""

import json
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examlens.commands.bank import _read_taxonomy
from services.diagnose.adapters.bank_files import read_records
from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.model.parsing import parse_answer
from services.diagnose.domain.bank.layouts import BankFormat, RecordError
from services.diagnose.domain.bank.records import read_record
from services.diagnose.domain.model.answers import Answer
from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import complete_lines
from services.ocr.adapters.rapidocr_reader import RapidOcrReader
from shared.contract.text_gate import character, storable, storable_json
from tests.unit.pdf_files import pdf_with_map

LINES = [f"{n}. What is the capital of the country? It is Rome" for n in range(1, 9)]


class Spoken(Answer):
    """An answer of one text."""

    said: str


@given(st.text(st.characters(codec=None)))
def test_what_passed_the_gate_is_encoded_as_utf8_and_has_no_nul(text: str) -> None:
    passed = storable(text)
    assert "\x00" not in passed
    assert len(passed.encode()) >= len(text) == len(passed)
    assert storable(passed) == passed


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn"))))
def test_assigned_characters_pass_unchanged(text: str) -> None:
    assert storable(text + "\t\n") == text + "\t\n"


def test_numbers_that_are_no_code_point_are_unreadable_characters() -> None:
    assert [character(n) for n in (0, 0xD800, 0x110000, -1, 0x41)] == [*("\ufffd" * 4), "A"]


def test_every_text_of_a_json_value_passes_the_gate() -> None:
    value = {"a\x00": ["\ud800", {"b": "\x01"}, 1, None]}
    assert storable_json(value) == {"a\ufffd": ["\ufffd", {"b": "\ufffd"}, 1, None]}


def test_a_readable_paper_whose_font_maps_letters_to_nothing_is_read() -> None:
    pdf = pdf_with_map(LINES, {"R": "0000", "I": "d800"})
    page = PdfiumPages().read_page(pdf, 0, Limits(render_dpi=72))
    assert {glyph.text for glyph in page.glyphs} >= set("Whatisthecapital")
    assert "\ufffd" in {glyph.text for glyph in page.glyphs}
    "".join(glyph.text for glyph in page.glyphs).encode()
    lines = complete_lines(page.glyphs, page.image)
    for line in lines or ():
        assert "\x00" not in line.text
    assert "\x00" not in lecture_text(pdf, "application/pdf")
    lecture_text(pdf, "application/pdf").encode()


def test_a_lecture_in_plain_text_loses_its_nul() -> None:
    assert lecture_text(b"fractions\x00 and ratios", "text/plain") == "fractions\ufffd and ratios"


def test_a_models_answer_may_hold_nul_and_half_a_surrogate_pair() -> None:
    text = json.dumps({"said": "a\x00b\ud800c"})
    assert parse_answer(text, Spoken).said == "a\ufffdb\ufffdc"


#: What JSON's escapes can spell, and what stays of a question with it.
ESCAPES = ["\\u0000", "\\ud800", "\\udfff", "\\u0085", "\\uffff", "\\u0007"]


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("field", ["stem", "answer", "solution", "source", "knowledge_points"])
def test_a_bank_item_with_such_a_character_is_faulty_and_the_next_one_is_read(
    tmp_path: Path, escape: str, field: str
) -> None:
    item = {"subject": "mathematics", "stem": "1+1=?", "answer": "2", "type": "fill_in"}
    spoilt = {**item, field: ["MARK"] if field == "knowledge_points" else "MARK"}
    file = tmp_path / "items.jsonl"
    line = json.dumps(spoilt).replace("MARK", f"a{escape}b")
    file.write_text(f"{line}\n{json.dumps(item)}\n")
    first, second = read_records(file, BankFormat.JSONL)
    with pytest.raises(RecordError, match="control_characters"):
        read_record(BankFormat.JSONL, first.fields, None, lambda name: name, "s")
    assert read_record(BankFormat.JSONL, second.fields, None, lambda name: name, "s").answer == "2"


def test_a_record_nested_beyond_all_measure_is_faulty_and_the_next_one_is_read(
    tmp_path: Path,
) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text("[" * 200_000 + "\n" + '{"stem": "1+1=?"}' + "\n")
    first, second = read_records(file, BankFormat.JSONL)
    assert isinstance(first.fields, RecordError)
    assert second.fields == {"stem": "1+1=?"}


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_taxonomy_passes_the_gate(tmp_path: Path, escape: str) -> None:
    file = tmp_path / "taxonomy.json"
    node = json.dumps({"id": "a", "zh": "MARK", "en": "a"}).replace("MARK", f"数{escape}")
    file.write_text(f'{{"subject": "mathematics", "points": [{node}]}}')
    (point,) = _read_taxonomy(file, None)["points"]  # type: ignore[misc]
    assert point["zh"] == "数\ufffd"


class SpokenByEngine:
    """An engine that answers with what no database stores."""

    def __call__(self, *_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(txts=["a\x00b\ud800"], scores=[0.9], boxes=None)


def test_what_an_engine_reads_passes_the_gate() -> None:
    reader = object.__new__(RapidOcrReader)
    reader._lock, reader._engine = threading.Lock(), SpokenByEngine()
    (reading,) = reader.recognise([np.zeros((8, 8, 3), np.uint8)])
    assert reading.text == "a\ufffdb\ufffd"
    assert "".join(char.text for char in reading.chars) == reading.text
