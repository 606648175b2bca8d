"""Notes: what a stage found that a person should know, as data and not as sentences."""

from enum import StrEnum
from typing import Any

from pydantic import model_validator

from shared.contract.model import Document


class NoteKind(StrEnum):
    """What a note is about. Each says what ``where`` and ``details`` hold."""

    #: where: the printed number of a page that is not there.
    PAGE_MISSING = "page_missing"
    #: where: the printed number of a page that is there more than once.
    PAGE_REPEATED = "page_repeated"
    #: where: the number of a page, as uploaded, that was light on dark and was inverted.
    PAGE_INVERTED = "page_inverted"
    #: where: the number of a page, as uploaded, that was mirrored and was turned over.
    PAGE_MIRRORED = "page_mirrored"
    #: details: a ``MixedBy``. The pages may be of several students; nothing of them is scored.
    MIXED_PAGES = "mixed_pages"
    #: details: how many answers were read without certainty.
    ANSWERS_TO_REVIEW = "answers_to_review"
    #: details: the written total, the computed one.
    TOTAL_MISMATCH = "total_mismatch"
    #: where: the section's label; details: its written score, the computed one.
    SECTION_MISMATCH = "section_mismatch"
    #: where: the question's address; details: two kinds of evidence, the more trusted first.
    CONFLICT = "conflict"
    #: where: the address of a question of the key that is not on the paper.
    QUESTION_NOT_FOUND = "question_not_found"
    #: where: the address of a question of the paper that is not in the key.
    NOT_IN_KEY = "not_in_key"
    #: where: the question's address; details: the number that was read.
    NUMBER_MISREAD = "number_misread"
    #: where: the address of a question that could not be scored for a defect of ours.
    SCORING_FAILED = "scoring_failed"
    #: where: the address of a question whose answer speaks of its own marking; no model judges it.
    ANSWER_ABOUT_MARKS = "answer_about_marks"
    #: details: why the rules had to answer for a language model.
    MODEL_FALLBACK = "model_fallback"
    #: details: a note of another version, as that version wrote it.
    OTHER = "other"


class MixedBy(StrEnum):
    """In what the pages of one exam contradict each other."""

    #: Two pages name two students.
    NAMES = "names"
    #: Two pages have two students' numbers.
    NUMBERS = "numbers"
    #: Two pages have one printed number, or are of papers of different lengths.
    PAGE_NUMBERS = "page_numbers"
    #: Pages of one scan are not in the order of the paper.
    PAGE_ORDER = "page_order"
    #: A page has another student's name or number than the submission.
    REFERENCE = "reference"
    #: Two pages are the same page of the paper.
    SAME_PAGE = "same_page"


#: The kinds that have no place.
PLACELESS = frozenset(
    {
        NoteKind.ANSWERS_TO_REVIEW,
        NoteKind.MIXED_PAGES,
        NoteKind.TOTAL_MISMATCH,
        NoteKind.MODEL_FALLBACK,
        NoteKind.OTHER,
    }
)
#: How many parts of an earlier version's code follow its place.
_CODED_DETAILS = {
    NoteKind.ANSWERS_TO_REVIEW: 1,
    NoteKind.MIXED_PAGES: 1,
    NoteKind.TOTAL_MISMATCH: 2,
    NoteKind.SECTION_MISMATCH: 2,
    NoteKind.CONFLICT: 1,
    NoteKind.NUMBER_MISREAD: 1,
    NoteKind.MODEL_FALLBACK: 1,
}
_KNOWN = frozenset(NoteKind)


class Note(Document):
    """One thing that a person should know; only the report makes a sentence of it.

    Documents of earlier versions hold codes such as ``section_mismatch:A:8:10``. These are read as
    notes. A kind that only a later version knows is read as ``OTHER``.
    """

    kind: NoteKind
    where: str = ""
    details: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_another_version(cls, given: Any) -> Any:
        if isinstance(given, str):
            return _from_code(given)
        if isinstance(given, dict) and given.get("kind") not in _KNOWN:
            parts = (given.get("kind"), given.get("where"), *given.get("details", ()))
            return {"kind": NoteKind.OTHER, "details": [str(part) for part in parts if part]}
        return given


def _from_code(code: str) -> dict[str, Any]:
    """The fields of a note that was written as ``kind:where:detail:detail``.

    A place may hold colons of its own, details never do.
    """
    name, *parts = code.split(":")
    other = {"kind": NoteKind.OTHER, "details": (code,)}
    if name not in _KNOWN or name == NoteKind.OTHER:
        return other
    kind = NoteKind(name)
    count = _CODED_DETAILS.get(kind, 0)
    split = len(parts) - count
    places, details = parts[:split], parts[split:]
    if split < 0 or bool(places) is (kind in PLACELESS):
        return other
    if kind is NoteKind.CONFLICT:
        details = details[0].split("-")
    return {"kind": kind, "where": ":".join(places), "details": details}
