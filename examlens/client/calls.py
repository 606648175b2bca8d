"""Every route as a call. Both clients run these."""

from collections.abc import Sequence
from typing import Any

import httpx2

from examlens.client.call import Call, FileSource, content, document, nothing
from examlens.client.forms import form_texts, form_values
from shared.contract.answer_key import AnswerKey
from shared.contract.api.address import PREFIX
from shared.contract.api.batches import BatchBody
from shared.contract.api.exams import (
    EventBody,
    ExamBody,
    ExamList,
    StatusBody,
    StreamTokenBody,
    WaitUntil,
)
from shared.contract.api.papers import (
    ClassBody,
    ClassTable,
    PaperBody,
    PaperList,
    RescoreBody,
    ScoringList,
)
from shared.contract.api.questions import CorrectionRequest, QuestionBody, QuestionList, ReviewList
from shared.contract.api.submissions import ROSTER_FIELD, BatchForm, SubmissionForm
from shared.contract.api.tables import CSV, XLSX
from shared.contract.documents import ExamResult
from shared.contract.exams import ArtefactKind
from shared.contract.questions import Verdict
from shared.contract.stages import Stage, Status

RunOf = int | None


def submit(
    files: Sequence[FileSource], *, idempotency_key: str | None = None, **fields: Any
) -> Call[StatusBody]:
    """Submit one student's paper; ``fields`` are those of ``SubmissionForm``."""
    return Call(
        "POST",
        "/exams",
        document(StatusBody),
        files=files,
        fields=form_texts(form_values(SubmissionForm, fields)),
        headers={"Idempotency-Key": idempotency_key or ""},
        extra_seconds=600.0,
    )


def submit_batch(
    source: FileSource,
    *,
    roster: bytes | None = None,
    idempotency_key: str | None = None,
    **fields: Any,
) -> Call[BatchBody]:
    """Submit a class's papers as one zip or one PDF, with a roster (CSV or xlsx) if there is one.

    It is accepted before it is divided: ``wait_batch`` tells when its exams exist.
    ``fields`` are those of ``BatchForm``.
    """
    given: dict[str, str | bytes] = {**form_texts(form_values(BatchForm, fields))}
    if roster is not None:
        # As it stands: the gateway tells encodings and workbooks apart.
        given[ROSTER_FIELD] = roster
    return Call(
        "POST",
        "/batches",
        document(BatchBody),
        files=(source,),
        fields=given,
        headers={"Idempotency-Key": idempotency_key or ""},
        extra_seconds=900.0,
    )


def batch(batch_id: str) -> Call[BatchBody]:
    """How far a batch is, exam by exam."""
    return Call("GET", f"/batches/{batch_id}", document(BatchBody))


def cancel_batch(batch_id: str) -> Call[BatchBody]:
    """Stop dividing a batch, or working on any of its exams."""
    return Call("POST", f"/batches/{batch_id}/cancel", document(BatchBody))


def retry_batch(batch_id: str) -> Call[BatchBody]:
    """Divide a batch again that failed."""
    return Call("POST", f"/batches/{batch_id}/retry", document(BatchBody))


def exam(exam_id: str) -> Call[ExamBody]:
    """An exam as submitted."""
    return Call("GET", f"/exams/{exam_id}", document(ExamBody))


def exams(
    *,
    status: Status | None = None,
    student_ref: str | None = None,
    paper_id: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Call[ExamList]:
    """One page of exams, newest first."""
    params = {
        "status": status,
        "student_ref": student_ref,
        "paper_id": paper_id,
        "limit": limit,
        "cursor": cursor,
    }
    return Call("GET", "/exams", document(ExamList), params=params)


def status(
    exam_id: str, wait: int, etag: str | None, *, until: WaitUntil = "change"
) -> Call[tuple[StatusBody | None, str | None]]:
    """GET /exams/{id}/status; the result is None when it is still the one of ``etag``."""

    def read(response: httpx2.Response) -> tuple[StatusBody | None, str | None]:
        is_same = response.status_code == httpx2.codes.NOT_MODIFIED
        body = None if is_same else StatusBody.model_validate_json(response.content)
        return body, response.headers.get("etag", "")

    return Call(
        "GET",
        f"/exams/{exam_id}/status",
        read,
        params={"wait": wait, "until": until},
        headers={"If-None-Match": etag or ""},
        extra_seconds=wait,
    )


def events_path(exam_id: str) -> str:
    """GET /exams/{id}/events, which the clients stream."""
    return f"{PREFIX}/exams/{exam_id}/events"


def stream_token(exam_id: str) -> Call[StreamTokenBody]:
    """A short-lived address of an exam's events, for a browser's EventSource."""
    return Call("POST", f"/exams/{exam_id}/events/token", document(StreamTokenBody))


def event_of(line: str) -> EventBody | None:
    """The event in a line of the stream; None for ids, names, comments and blank lines."""
    name, _, data = line.partition(": ")
    return EventBody.model_validate_json(data) if name == "data" else None


def result(exam_id: str, run: RunOf = None) -> Call[ExamResult]:
    """The whole result."""
    return Call("GET", f"/exams/{exam_id}/result", document(ExamResult), params={"run": run})


def artefact(exam_id: str, kind: ArtefactKind, run: RunOf = None) -> Call[bytes]:
    """A report, practice paper or error book as bytes."""
    return Call("GET", f"/exams/{exam_id}/{kind.value}", content, params={"run": run})


def page(exam_id: str, number: int, run: RunOf = None) -> Call[bytes]:
    """A normalised page image; ``number`` counts from 1."""
    return Call("GET", f"/exams/{exam_id}/pages/{number}", content, params={"run": run})


def crop(exam_id: str, ordinal: int, run: RunOf = None) -> Call[bytes]:
    """A question's part of the page, PNG."""
    path = f"/exams/{exam_id}/questions/{ordinal}/crop"
    return Call("GET", path, content, params={"run": run})


def questions(exam_id: str, verdict: Verdict | None = None) -> Call[QuestionList]:
    """The questions as graded; those that need review come least certain first."""
    path = f"/exams/{exam_id}/questions"
    return Call("GET", path, document(QuestionList), params={"verdict": verdict})


def question(exam_id: str, ordinal: int) -> Call[QuestionBody]:
    """A question as graded, with its corrections."""
    return Call("GET", f"/exams/{exam_id}/questions/{ordinal}", document(QuestionBody))


def correct(question: QuestionBody, correction: CorrectionRequest) -> Call[StatusBody]:
    """Correct a question unless it has changed since ``question`` was read."""
    given = _json(correction.model_dump_json(exclude_none=True).encode())
    given["headers"] |= {"If-Match": question.etag}
    path = f"/exams/{question.exam_id}/questions/{question.question.ordinal}"
    return Call("PATCH", path, document(StatusBody), **given)


def review(limit: int = 50) -> Call[ReviewList]:
    """Questions of all finished exams that need a person, least certain first."""
    return Call("GET", "/review", document(ReviewList), params={"limit": limit})


def cancel(exam_id: str, *, erase: bool = False) -> Call[StatusBody]:
    """Stop working on an exam. With ``erase``, erase its files and all that was read."""
    body = b'{"erase": true}' if erase else b"{}"
    return Call("POST", f"/exams/{exam_id}/cancel", document(StatusBody), **_json(body))


def retry(exam_id: str, from_stage: Stage | None = None) -> Call[StatusBody]:
    """Run a failed or cancelled exam again, from a stage or where it stopped."""
    body = b"{}" if from_stage is None else f'{{"from_stage": "{from_stage.value}"}}'.encode()
    return Call("POST", f"/exams/{exam_id}/retry", document(StatusBody), **_json(body))


def delete(exam_id: str) -> Call[None]:
    """Erase an exam with all its files."""
    return Call("DELETE", f"/exams/{exam_id}", nothing)


def create_paper(key: AnswerKey) -> Call[PaperBody]:
    """Store an answer key."""
    body = key.model_dump_json().encode()
    return Call("POST", "/papers", document(PaperBody), **_json(body))


def create_paper_csv(rows: bytes, title: str | None = None) -> Call[PaperBody]:
    """Store an answer key given as CSV or as a workbook (xlsx), which is a zip."""
    media_type = XLSX if rows.startswith(b"PK") else CSV
    return Call(
        "POST",
        "/papers",
        document(PaperBody),
        content=rows,
        params={"title": title},
        headers={"Content-Type": media_type},
    )


def replace_paper(paper_id: str, key: AnswerKey, version: int | None = None) -> Call[PaperBody]:
    """Replace an answer key. With ``version``, only if that is still the present version."""
    given = _json(key.model_dump_json().encode())
    if version is not None:
        given["headers"] |= {"If-Match": f'"{version}"'}
    return Call("PUT", f"/papers/{paper_id}", document(PaperBody), **given)


def scores(paper_id: str, limit: int = 50, cursor: str | None = None) -> Call[ScoringList]:
    """One page of a paper's scored exams: by which key, and what they had before."""
    params = {"limit": limit, "cursor": cursor}
    return Call("GET", f"/papers/{paper_id}/scores", document(ScoringList), params=params)


def rescore(paper_id: str) -> Call[RescoreBody]:
    """Score the exams of a paper anew that were scored by an earlier key."""
    return Call("POST", f"/papers/{paper_id}/rescore", document(RescoreBody))


def paper(paper_id: str) -> Call[PaperBody]:
    """A paper with its answer key."""
    return Call("GET", f"/papers/{paper_id}", document(PaperBody))


def papers(limit: int = 50, cursor: str | None = None) -> Call[PaperList]:
    """One page of papers, newest first."""
    params = {"limit": limit, "cursor": cursor}
    return Call("GET", "/papers", document(PaperList), params=params)


def class_report(paper_id: str) -> Call[ClassBody]:
    """The class report of a paper."""
    return Call("GET", f"/papers/{paper_id}/class", document(ClassBody))


def class_page(paper_id: str) -> Call[bytes]:
    """The class report as one HTML file."""
    return Call("GET", f"/papers/{paper_id}/class.html", content)


def class_table(paper_id: str, table: ClassTable = ClassTable.STUDENTS) -> Call[bytes]:
    """A table of the class report as CSV."""
    params = {"table": table.value}
    return Call("GET", f"/papers/{paper_id}/class.csv", content, params=params)


def _json(body: bytes) -> dict[str, Any]:
    return {"content": body, "headers": {"Content-Type": "application/json"}}
