"""Nothing that cannot be stored passes the gate; all else does unchanged."""

import json

from hypothesis import given
from hypothesis import strategies as st

from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.model.parsing import parse_answer
from services.diagnose.domain.model.answers import Answer
from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import complete_lines
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
