"""Remark codes become sentences."""

import string

import pytest

from services.report.domain.text.labels import LABELS
from services.report.domain.text.notes import NOTES, say_notes
from shared.contract.failures import Language
from shared.contract.notes import Note, NoteKind


@pytest.mark.parametrize("label", [*LABELS.values(), *NOTES.values()])
def test_both_languages_fill_in_the_same_values(label: object) -> None:
    fields = [
        sorted(name for _, name, _, _ in string.Formatter().parse(wording) if name)
        for wording in (label.zh, label.en)  # type: ignore[attr-defined]
    ]
    assert fields[0] == fields[1]


def test_remarks_of_one_kind_become_one_sentence() -> None:
    sides = ("mark", "key")
    notes = (
        Note(kind=NoteKind.PAGE_MISSING, where="2"),
        Note(kind=NoteKind.CONFLICT, where="一.3", details=sides),
        Note(kind=NoteKind.PAGE_MISSING, where="4"),
        Note(kind=NoteKind.CONFLICT, where="二.1", details=sides),
    )
    missing, conflict = say_notes(notes, Language.ZH)
    assert "第 2、4 页" in missing
    assert conflict.startswith("一.3、二.1 题：教师批改与参考答案")


def test_mismatches_say_both_figures() -> None:
    total = Note(kind=NoteKind.TOTAL_MISMATCH, details=("52", "49"))
    section = Note(kind=NoteKind.SECTION_MISMATCH, where="A", details=("8", "10"))
    said = say_notes((total, section), Language.EN)
    assert "52" in said[0]
    assert "49" in said[0]
    assert said[1] == (
        "In section A the written score is 8, but its questions add up to 10; please check."
    )


@pytest.mark.parametrize("code", ["", "page_missing", "total_mismatch:5", "brand_new:1:2", "{0}:x"])
def test_a_note_that_cannot_be_said_is_shown_as_it_was_written(code: str) -> None:
    (said,) = say_notes((Note.model_validate(code),), Language.EN)
    assert code in said
    assert "teacher" in said
