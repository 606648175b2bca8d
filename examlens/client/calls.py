"""Every route as a call. Both clients run these."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from examlens.client.call import PREFIX, Call, FileSource, content, document, nothing
from services.gateway.domain.bodies import (
    AuditList,
    BatchBody,
    ClassBody,
    DeadLetterList,
    EventBody,
    ExamBody,
    ExamList,
    LimitsBody,
    PaperBody,
    PaperList,
    PriorityName,
    QuestionBody,
    QuestionList,
    QueueList,
    ReviewList,
    StatusBody,
    StreamTokenBody,
    VersionBody,
    WebhookDeliveryBody,
    WebhookDeliveryList,
    WebhookSecretBody,
    WebhookTargetBody,
    WebhookTargetList,
)
from services.gateway.domain.class_tables import ClassTable
from services.gateway.domain.corrections import CorrectionRequest
from shared.contract.answer_key import AnswerKey
from shared.contract.documents import ExamResult
from shared.contract.exams import ArtefactKind
from shared.contract.failures import Language
from shared.contract.questions import Verdict
from shared.contract.stages import Stage, Status

RunOf = int | None


def submit(
    files: Sequence[FileSource], fields: Mapping[str, Any], key: str | None
) -> Call[StatusBody]:
    """POST /exams."""
    return Call(
        "POST",
        "/exams",
        document(StatusBody),
        files=files,
        fields={name: _form_value(value) for name, value in fields.items() if value is not None},
        headers={"Idempotency-Key": key or ""},
        extra_seconds=600.0,
    )


def submission_fields(
    *,
    subject: str | None = None,
    grade: str | None = None,
    student_ref: str | None = None,
    paper_id: str | None = None,
    sitting: str | None = None,
    priority: PriorityName = "normal",
    callback_url: str | None = None,
    language: Language | str = Language.ZH,
    force: bool = False,
) -> dict[str, Any]:
    """The form fields of a submission, by name."""
    return {
        "subject": subject,
        "grade": grade,
        "student_ref": student_ref,
        "paper_id": paper_id,
        "sitting": sitting,
        "priority": priority,
        "callback_url": callback_url,
        "language": str(Language(language)),
        "force": force,
    }


def submit_batch(
    source: FileSource,
    roster: bytes | None,
    pages_per_student: int | None,
    fields: Mapping[str, Any],
    key: str | None,
) -> Call[BatchBody]:
    """POST /batches."""
    form = {**fields, "pages_per_student": pages_per_student, "roster": _text(roster)}
    return Call(
        "POST",
        "/batches",
        document(BatchBody),
        files=(source,),
        fields={name: _form_value(value) for name, value in form.items() if value is not None},
        headers={"Idempotency-Key": key or ""},
        extra_seconds=900.0,
    )


def batch(batch_id: str) -> Call[BatchBody]:
    """GET /batches/{id}."""
    return Call("GET", f"/batches/{batch_id}", document(BatchBody))


def exam(exam_id: str) -> Call[ExamBody]:
    """GET /exams/{id}."""
    return Call("GET", f"/exams/{exam_id}", document(ExamBody))


def exams(
    *,
    status: Status | None,
    student_ref: str | None,
    paper_id: str | None,
    limit: int,
    cursor: str | None,
) -> Call[ExamList]:
    """GET /exams."""
    params = {
        "status": status,
        "student_ref": student_ref,
        "paper_id": paper_id,
        "limit": limit,
        "cursor": cursor,
    }
    return Call("GET", "/exams", document(ExamList), params=params)


def status(exam_id: str, wait: int, etag: str | None) -> Call[tuple[StatusBody | None, str | None]]:
    """GET /exams/{id}/status; the result is None when it is still the one of ``etag``."""

    def read(response: httpx2.Response) -> tuple[StatusBody | None, str | None]:
        is_same = response.status_code == httpx2.codes.NOT_MODIFIED
        body = None if is_same else StatusBody.model_validate_json(response.content)
        return body, response.headers.get("etag", "")

    return Call(
        "GET",
        f"/exams/{exam_id}/status",
        read,
        params={"wait": wait},
        headers={"If-None-Match": etag or ""},
        extra_seconds=wait,
    )


def events_path(exam_id: str) -> str:
    """GET /exams/{id}/events, which the clients stream."""
    return f"{PREFIX}/exams/{exam_id}/events"


def stream_token(exam_id: str) -> Call[StreamTokenBody]:
    """POST /exams/{id}/events/token."""
    return Call("POST", f"/exams/{exam_id}/events/token", document(StreamTokenBody))


def event_of(line: str) -> EventBody | None:
    """The event in a line of the stream; None for ids, names, comments and blank lines."""
    name, _, data = line.partition(": ")
    return EventBody.model_validate_json(data) if name == "data" else None


def result(exam_id: str, run: RunOf) -> Call[ExamResult]:
    """GET /exams/{id}/result."""
    return Call("GET", f"/exams/{exam_id}/result", document(ExamResult), params={"run": run})


def artefact(exam_id: str, kind: ArtefactKind, run: RunOf) -> Call[bytes]:
    """GET /exams/{id}/report.pdf and its like."""
    return Call("GET", f"/exams/{exam_id}/{kind.value}", content, params={"run": run})


def page(exam_id: str, number: int, run: RunOf) -> Call[bytes]:
    """GET /exams/{id}/pages/{number}."""
    return Call("GET", f"/exams/{exam_id}/pages/{number}", content, params={"run": run})


def crop(exam_id: str, ordinal: int, run: RunOf) -> Call[bytes]:
    """GET /exams/{id}/questions/{ordinal}/crop."""
    path = f"/exams/{exam_id}/questions/{ordinal}/crop"
    return Call("GET", path, content, params={"run": run})


def questions(exam_id: str, verdict: Verdict | None) -> Call[QuestionList]:
    """GET /exams/{id}/questions."""
    path = f"/exams/{exam_id}/questions"
    return Call("GET", path, document(QuestionList), params={"verdict": verdict})


def question(exam_id: str, ordinal: int) -> Call[QuestionBody]:
    """GET /exams/{id}/questions/{ordinal}."""
    return Call("GET", f"/exams/{exam_id}/questions/{ordinal}", document(QuestionBody))


def correct(question: QuestionBody, correction: CorrectionRequest) -> Call[StatusBody]:
    """PATCH /exams/{id}/questions/{ordinal}."""
    given = _json(correction.model_dump_json(exclude_none=True).encode())
    given["headers"] |= {"If-Match": question.etag}
    path = f"/exams/{question.exam_id}/questions/{question.question.ordinal}"
    return Call("PATCH", path, document(StatusBody), **given)


def review(limit: int) -> Call[ReviewList]:
    """GET /review."""
    return Call("GET", "/review", document(ReviewList), params={"limit": limit})


def cancel(exam_id: str, *, erase: bool) -> Call[StatusBody]:
    """POST /exams/{id}/cancel."""
    body = b'{"erase": true}' if erase else b"{}"
    return Call("POST", f"/exams/{exam_id}/cancel", document(StatusBody), **_json(body))


def retry(exam_id: str, from_stage: Stage | None) -> Call[StatusBody]:
    """POST /exams/{id}/retry."""
    body = b"{}" if from_stage is None else f'{{"from_stage": "{from_stage.value}"}}'.encode()
    return Call("POST", f"/exams/{exam_id}/retry", document(StatusBody), **_json(body))


def delete(exam_id: str) -> Call[None]:
    """DELETE /exams/{id}."""
    return Call("DELETE", f"/exams/{exam_id}", nothing)


def create_paper(key: AnswerKey) -> Call[PaperBody]:
    """POST /papers."""
    body = key.model_dump_json().encode()
    return Call("POST", "/papers", document(PaperBody), **_json(body))


def create_paper_csv(rows: bytes, title: str | None) -> Call[PaperBody]:
    """POST /papers with CSV."""
    return Call(
        "POST",
        "/papers",
        document(PaperBody),
        content=rows,
        params={"title": title},
        headers={"Content-Type": "text/csv"},
    )


def replace_paper(paper_id: str, key: AnswerKey, version: int | None) -> Call[PaperBody]:
    """PUT /papers/{id}; with ``version`` only when that is still the present one."""
    given = _json(key.model_dump_json().encode())
    if version is not None:
        given["headers"] |= {"If-Match": f'"{version}"'}
    return Call("PUT", f"/papers/{paper_id}", document(PaperBody), **given)


def paper(paper_id: str) -> Call[PaperBody]:
    """GET /papers/{id}."""
    return Call("GET", f"/papers/{paper_id}", document(PaperBody))


def papers(limit: int, cursor: str | None) -> Call[PaperList]:
    """GET /papers."""
    params = {"limit": limit, "cursor": cursor}
    return Call("GET", "/papers", document(PaperList), params=params)


def class_report(paper_id: str) -> Call[ClassBody]:
    """GET /papers/{id}/class."""
    return Call("GET", f"/papers/{paper_id}/class", document(ClassBody))


def class_page(paper_id: str) -> Call[bytes]:
    """GET /papers/{id}/class.html."""
    return Call("GET", f"/papers/{paper_id}/class.html", content)


def class_table(paper_id: str, table: ClassTable) -> Call[bytes]:
    """GET /papers/{id}/class.csv."""
    params = {"table": table.value}
    return Call("GET", f"/papers/{paper_id}/class.csv", content, params=params)


def queues() -> Call[QueueList]:
    """GET /queues."""
    return Call("GET", "/queues", document(QueueList))


def dead_letters(limit: int) -> Call[DeadLetterList]:
    """GET /dead-letters."""
    return Call("GET", "/dead-letters", document(DeadLetterList), params={"limit": limit})


def replay(letter_id: int) -> Call[StatusBody]:
    """POST /dead-letters/{id}/replay."""
    return Call("POST", f"/dead-letters/{letter_id}/replay", document(StatusBody))


def deliveries(exam_id: str | None, limit: int) -> Call[WebhookDeliveryList]:
    """GET /webhooks/deliveries."""
    params = {"exam_id": exam_id, "limit": limit}
    return Call("GET", "/webhooks/deliveries", document(WebhookDeliveryList), params=params)


def redeliver(delivery_id: str) -> Call[WebhookDeliveryBody]:
    """POST /webhooks/deliveries/{id}/redeliver."""
    path = f"/webhooks/deliveries/{delivery_id}/redeliver"
    return Call("POST", path, document(WebhookDeliveryBody))


def targets() -> Call[WebhookTargetList]:
    """GET /webhooks/targets."""
    return Call("GET", "/webhooks/targets", document(WebhookTargetList))


def enable_target(target_id: int) -> Call[WebhookTargetBody]:
    """POST /webhooks/targets/{id}/enable."""
    return Call("POST", f"/webhooks/targets/{target_id}/enable", document(WebhookTargetBody))


def secret() -> Call[WebhookSecretBody]:
    """GET /webhooks/secret."""
    return Call("GET", "/webhooks/secret", document(WebhookSecretBody))


def rotate_secret() -> Call[WebhookSecretBody]:
    """POST /webhooks/secret/rotate."""
    return Call("POST", "/webhooks/secret/rotate", document(WebhookSecretBody))


def audit(limit: int, before: int | None) -> Call[AuditList]:
    """GET /audit."""
    return Call("GET", "/audit", document(AuditList), params={"limit": limit, "before": before})


def limits() -> Call[LimitsBody]:
    """GET /limits."""
    return Call("GET", "/limits", document(LimitsBody))


def version() -> Call[VersionBody]:
    """GET /version."""
    return Call("GET", "/version", document(VersionBody))


def is_alive() -> Call[bool]:
    """GET /livez."""
    return Call("GET", "/livez", lambda response: bool(response.is_success))


def is_ready() -> Call[bool]:
    """GET /readyz."""
    return Call("GET", "/readyz", lambda response: bool(response.is_success))


def _json(body: bytes) -> dict[str, Any]:
    return {"content": body, "headers": {"Content-Type": "application/json"}}


def _form_value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(roster: bytes | None) -> str | None:
    """A roster as a form field: spreadsheets in China write GB 18030."""
    if roster is None:
        return None
    try:
        return roster.decode("utf-8-sig")
    except UnicodeDecodeError:
        return roster.decode("gb18030")
