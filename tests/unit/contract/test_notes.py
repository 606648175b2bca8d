"""Notes cross versions: earlier ones were codes, later ones may be of kinds not known here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.notes import PLACELESS, Note, NoteKind
from shared.contract.reading import ReadPaper


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("page_missing:2", Note(kind=NoteKind.PAGE_MISSING, where="2")),
        ("answers_to_review:3", Note(kind=NoteKind.ANSWERS_TO_REVIEW, details=("3",))),
        ("total_mismatch:52:49", Note(kind=NoteKind.TOTAL_MISMATCH, details=("52", "49"))),
        (
            "section_mismatch:Part A: Listening:8:10",
            Note(kind=NoteKind.SECTION_MISMATCH, where="Part A: Listening", details=("8", "10")),
        ),
        (
            "section_mismatch::8:10",
            Note(kind=NoteKind.SECTION_MISMATCH, details=("8", "10")),
        ),
        (
            "conflict:Part A: Listening.3:mark-key",
            Note(kind=NoteKind.CONFLICT, where="Part A: Listening.3", details=("mark", "key")),
        ),
        ("not_in_key:一.11", Note(kind=NoteKind.NOT_IN_KEY, where="一.11")),
        ("number_misread:一.6:9", Note(kind=NoteKind.NUMBER_MISREAD, where="一.6", details=("9",))),
        ("model_fallback:day_cap", Note(kind=NoteKind.MODEL_FALLBACK, details=("day_cap",))),
        ("total_mismatch:52", Note(kind=NoteKind.OTHER, details=("total_mismatch:52",))),
        ("unheard_of:1", Note(kind=NoteKind.OTHER, details=("unheard_of:1",))),
        ("", Note(kind=NoteKind.OTHER, details=("",))),
    ],
)
def test_a_code_of_an_earlier_version_is_read_as_a_note(code: str, note: Note) -> None:
    assert Note.model_validate(code) == note


def test_a_stored_paper_with_codes_still_loads() -> None:
    stored = {"warnings": ["page_missing:2", "answers_to_review:3"]}
    assert [note.kind for note in ReadPaper.model_validate(stored).warnings] == [
        NoteKind.PAGE_MISSING,
        NoteKind.ANSWERS_TO_REVIEW,
    ]


def test_a_kind_of_a_later_version_keeps_what_it_says() -> None:
    later = {"kind": "page_upside_down", "where": "3", "details": ["180"]}
    note = Note.model_validate(later)
    assert (note.kind, note.details) == (NoteKind.OTHER, ("page_upside_down", "3", "180"))


@given(kind=st.sampled_from(NoteKind), where=st.text(), details=st.lists(st.text(), max_size=3))
def test_a_note_survives_being_stored(kind: NoteKind, where: str, details: list[str]) -> None:
    note = Note(kind=kind, where=where, details=tuple(details))
    assert Note.model_validate_json(note.model_dump_json()) == note


@given(code=st.text(alphabet="abc:-_") | st.sampled_from(NoteKind).map(lambda k: f"{k}:1:2:3"))
def test_any_code_becomes_a_note(code: str) -> None:
    note = Note.model_validate(code)
    assert not (note.kind in PLACELESS and note.where)
