"""The result beside its pages."""

import math
from datetime import UTC, datetime

from services.gateway.domain.pages.result import ScoreBounds, score_bounds, undoable, view_result
from shared.contract.corrections import Change, Correction
from shared.contract.documents import Analysis, Score
from shared.contract.notes import MixedBy, Note, NoteKind
from shared.contract.questions import Evidence, EvidenceKind, Verdict
from shared.contract.reading import PageImage
from tests.question_results import question

PAGES = tuple(PageImage(number=n, blob_key=f"{n}", width_px=100, height_px=200) for n in (2, 1))


def analysis(*evidence: Evidence, notes: tuple[Note, ...] = ()) -> Analysis:
    asked = question(1, Verdict.CORRECT).model_copy(update={"evidence": evidence})
    score = Score(earned=1, full=1, rate=1, ungraded=0)
    return Analysis(score=score, sections=(), questions=(asked,), notes=notes)


def answer(page: int | None, *bbox: float) -> Evidence:
    return Evidence(kind=EvidenceKind.ANSWER, page=page, bbox=bbox or None)  # type: ignore[arg-type]


def test_every_box_stands_on_its_page_and_names_its_question() -> None:
    view = view_result(analysis(answer(1, 1, 2, 3, 4), answer(2, 5, 6, 7, 8)), PAGES, ())
    assert [page.number for page in view.pages] == [1, 2]
    assert [box.ordinal for page in view.pages for box in page.boxes] == [1, 1]
    assert view.questions[0].page == 1


def test_evidence_without_a_place_has_no_box() -> None:
    found = (
        answer(None),
        answer(1),
        answer(1, math.nan, 0, 1, 1),
        Evidence(kind=EvidenceKind.KEY, page=1, bbox=(1, 1, 1, 1)),
    )
    view = view_result(analysis(*found), PAGES, ())
    assert not [box for page in view.pages for box in page.boxes]
    assert view.questions[0].page is None


def test_notes_are_told_once_and_mixed_pages_apart() -> None:
    mixed = Note(kind=NoteKind.MIXED_PAGES, details=(MixedBy.REFERENCE,))
    other = Note(kind=NoteKind.TOTAL_MISMATCH, details=("1", "2"))
    view = view_result(analysis(notes=(mixed, other)), PAGES, (), (mixed, other))
    assert (view.mixed_by, view.remarks) == (("reference",), 1)


def test_what_waits_for_review_bounds_the_score() -> None:
    asked = (question(1, Verdict.CORRECT), question(2, Verdict.NEEDS_REVIEW))
    worth = asked[1].full_score or 0.0
    assert worth > 0
    bounds = score_bounds(Score(earned=3, full=5, rate=0.6, ungraded=1), asked)
    assert bounds == ScoreBounds(lowest=3, highest=3 + worth, full=5 + worth)
    of_questions = Score(earned=3, full=5, rate=0.6, ungraded=1, in_questions=True)
    assert score_bounds(of_questions, asked) == ScoreBounds(lowest=3, highest=4, full=6)


def test_a_score_that_review_cannot_change_has_no_bounds() -> None:
    unknown = question(2, Verdict.NEEDS_REVIEW).model_copy(update={"full_score": None})
    score = Score(earned=3, full=5, rate=0.6, ungraded=1)
    assert score_bounds(score, (question(1, Verdict.CORRECT), unknown)) is None


def test_the_last_correction_of_a_question_can_be_taken_back() -> None:
    def made(number: int, ordinal: int, change: Change) -> Correction:
        return Correction(
            id=number,
            exam_id="e",
            run=2,
            ordinal=ordinal,
            change=change,
            key_id="k",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    first, second = made(1, 1, Change(score=1)), made(2, 1, Change(score=2))
    gone = made(3, 2, Change(score=1)), made(4, 2, Change(is_undone=True))
    assert undoable((first, second, *gone)) == {2}
