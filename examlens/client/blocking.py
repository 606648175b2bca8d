"""The client for programs that block."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Self, TypeVar

import httpx2

from examlens.client import calls, practice_calls
from examlens.client.call import Call, FileSource, result_of
from examlens.client.calls import RunOf
from examlens.client.errors import GatewayUnreachable, WaitTimeout
from examlens.client.practice_calls import PracticeFileName
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
from services.gateway.domain.practice import PracticeBody
from shared.contract.answer_key import AnswerKey
from shared.contract.documents import ExamResult
from shared.contract.exams import ArtefactKind
from shared.contract.practice import PracticePaper
from shared.contract.questions import Verdict
from shared.contract.stages import TERMINAL, Stage, Status

ResultT = TypeVar("ResultT")


class ExamLensClient:
    """Talks to a gateway at ``address`` with the key ``token``.

    Every method raises ExamLensError for an answer that is a problem, and GatewayUnreachable
    when there is no answer. Use it as a context manager.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        language: str | None = None,
        timeout_seconds: float = 30.0,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        if language is not None:
            headers["Accept-Language"] = language
        self._timeout_seconds = timeout_seconds
        self._http = httpx2.Client(base_url=address, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(
        self, files: Sequence[FileSource], *, idempotency_key: str | None = None, **fields: Any
    ) -> StatusBody:
        """Submit one student's paper; ``fields`` are those of ``calls.submission_fields``."""
        form = calls.submission_fields(**fields)
        return self._run(calls.submit(files, form, idempotency_key))

    def submit_batch(
        self,
        source: FileSource,
        *,
        roster: bytes | None = None,
        pages_per_student: int | None = None,
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> BatchBody:
        """Submit a class's papers, one zip or one PDF, with a CSV roster if there is one.

        ``fields`` are those of ``calls.submission_fields``.
        """
        form = calls.submission_fields(**fields)
        call = calls.submit_batch(source, roster, pages_per_student, form, idempotency_key)
        return self._run(call)

    def batch(self, batch_id: str) -> BatchBody:
        """How far a batch is, exam by exam."""
        return self._run(calls.batch(batch_id))

    def exams(
        self,
        *,
        status: Status | None = None,
        student_ref: str | None = None,
        paper_id: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ExamList:
        """One page of exams, newest first."""
        call = calls.exams(
            status=status, student_ref=student_ref, paper_id=paper_id, limit=limit, cursor=cursor
        )
        return self._run(call)

    def all_exams(self, **filters: Any) -> Iterator[ExamBody]:
        """Every exam that matches, page after page."""
        cursor = None
        while True:
            found = self.exams(cursor=cursor, **filters)
            yield from found.items
            cursor = found.next
            if cursor is None:
                return

    def changes(self, exam_id: str) -> Iterator[StatusBody]:
        """The status now and after every change, until the exam has ended."""
        etag: str | None = None
        while True:
            status, etag = self._run(calls.status(exam_id, 0 if etag is None else 30, etag))
            if status is not None:
                yield status
                if status.status in TERMINAL:
                    return

    def events(self, exam_id: str, *, after: int = 0) -> Iterator[EventBody]:
        """Every event numbered above ``after``, as it happens, until the exam has ended."""
        path = calls.events_path(exam_id)
        headers = {"Last-Event-ID": str(after)}
        try:
            with self._http.stream("GET", path, headers=headers, timeout=60) as response:
                if not response.is_success:
                    response.read()
                    result_of(calls.exam(exam_id), response)
                for line in response.iter_lines():
                    event = calls.event_of(line)
                    if event is not None:
                        yield event
        except httpx2.TransportError as error:
            raise GatewayUnreachable(type(error).__name__) from error

    def wait(
        self,
        exam_id: str,
        *,
        timeout_seconds: float = 600.0,
        on_change: Callable[[StatusBody], None] | None = None,
    ) -> StatusBody:
        """The status in which the exam ended. Raises WaitTimeout after ``timeout_seconds``."""
        deadline = time.monotonic() + timeout_seconds
        etag: str | None = None
        while True:
            left = deadline - time.monotonic()
            patience = 0 if etag is None else max(min(int(left), 30), 1)
            status, etag = self._run(calls.status(exam_id, patience, etag))
            if status is not None:
                if on_change is not None:
                    on_change(status)
                if status.status in TERMINAL:
                    return status
            if time.monotonic() >= deadline:
                raise WaitTimeout(exam_id)

    def stream_token(self, exam_id: str) -> StreamTokenBody:
        """A short-lived address of an exam's events, for a browser's EventSource."""
        return self._run(calls.stream_token(exam_id))

    def exam(self, exam_id: str) -> ExamBody:
        """An exam as submitted."""
        return self._run(calls.exam(exam_id))

    def status(self, exam_id: str) -> StatusBody:
        """The present status."""
        status, _ = self._run(calls.status(exam_id, 0, None))
        if status is None:
            raise GatewayUnreachable("an unconditional request was answered with 304")
        return status

    def result(self, exam_id: str, run: RunOf = None) -> ExamResult:
        """The whole result."""
        return self._run(calls.result(exam_id, run))

    def artefact(self, exam_id: str, kind: ArtefactKind, run: RunOf = None) -> bytes:
        """A report, practice paper or error book as bytes."""
        return self._run(calls.artefact(exam_id, kind, run))

    def page(self, exam_id: str, number: int, run: RunOf = None) -> bytes:
        """A normalised page image; ``number`` counts from 1."""
        return self._run(calls.page(exam_id, number, run))

    def crop(self, exam_id: str, ordinal: int, run: RunOf = None) -> bytes:
        """A question's part of the page, PNG."""
        return self._run(calls.crop(exam_id, ordinal, run))

    def questions(self, exam_id: str, verdict: Verdict | None = None) -> QuestionList:
        """The questions as graded; those that need review come least certain first."""
        return self._run(calls.questions(exam_id, verdict))

    def question(self, exam_id: str, ordinal: int) -> QuestionBody:
        """A question as graded, with its corrections."""
        return self._run(calls.question(exam_id, ordinal))

    def correct(self, question: QuestionBody, correction: CorrectionRequest) -> StatusBody:
        """Correct a question unless it has changed since ``question`` was read."""
        return self._run(calls.correct(question, correction))

    def review(self, limit: int = 50) -> ReviewList:
        """Questions of all finished exams that need a person, least certain first."""
        return self._run(calls.review(limit))

    def cancel(self, exam_id: str, *, erase: bool = False) -> StatusBody:
        """Stop working on an exam, with ``erase`` erase its files and all that was read."""
        return self._run(calls.cancel(exam_id, erase=erase))

    def retry(self, exam_id: str, from_stage: Stage | None = None) -> StatusBody:
        """Run a failed or cancelled exam again, from a stage or where it stopped."""
        return self._run(calls.retry(exam_id, from_stage))

    def delete(self, exam_id: str) -> None:
        """Erase an exam with all its files."""
        self._run(calls.delete(exam_id))

    def create_paper(self, key: AnswerKey) -> PaperBody:
        """Store an answer key."""
        return self._run(calls.create_paper(key))

    def create_paper_csv(self, rows: bytes, title: str | None = None) -> PaperBody:
        """Store an answer key given as CSV."""
        return self._run(calls.create_paper_csv(rows, title))

    def replace_paper(self, paper_id: str, key: AnswerKey, version: int | None = None) -> PaperBody:
        """Replace an answer key, with ``version`` only if that is still the present one."""
        return self._run(calls.replace_paper(paper_id, key, version))

    def paper(self, paper_id: str) -> PaperBody:
        """A paper with its answer key."""
        return self._run(calls.paper(paper_id))

    def papers(self, limit: int = 50, cursor: str | None = None) -> PaperList:
        """One page of papers, newest first."""
        return self._run(calls.papers(limit, cursor))

    def class_report(self, paper_id: str) -> ClassBody:
        """The class report of a paper."""
        return self._run(calls.class_report(paper_id))

    def class_page(self, paper_id: str) -> bytes:
        """The class report as one HTML file."""
        return self._run(calls.class_page(paper_id))

    def class_table(self, paper_id: str, table: ClassTable = ClassTable.STUDENTS) -> bytes:
        """A table of the class report as CSV."""
        return self._run(calls.class_table(paper_id, table))

    def order_practice(
        self,
        *,
        lecture: FileSource | None = None,
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> PracticeBody:
        """Order a practice paper for an exam or a ``lecture``.

        ``fields`` are those of ``practice_calls.practice_fields``.
        """
        form = practice_calls.practice_fields(**fields)
        return self._run(practice_calls.order(lecture, form, idempotency_key))

    def practice(self, practice_id: str) -> PracticeBody:
        """How far a practice paper is."""
        return self._run(practice_calls.state(practice_id))

    def wait_practice(self, practice_id: str, *, timeout_seconds: float = 120.0) -> PracticeBody:
        """The practice paper once it is ready or has failed. Raises WaitTimeout."""
        deadline = time.monotonic() + timeout_seconds
        pause = 0.2
        while True:
            found = self.practice(practice_id)
            if found.state in {"ready", "failed"}:
                return found
            if time.monotonic() >= deadline:
                raise WaitTimeout(practice_id)
            time.sleep(pause)
            pause = min(2 * pause, 2.0)

    def practice_items(self, practice_id: str) -> PracticePaper:
        """The items of a practice paper with their answers."""
        return self._run(practice_calls.items(practice_id))

    def practice_file(self, practice_id: str, name: PracticeFileName = "paper.pdf") -> bytes:
        """The practice paper or its answer key as PDF."""
        return self._run(practice_calls.file(practice_id, name))

    def delete_practice(self, practice_id: str) -> None:
        """Erase a practice paper with its files."""
        self._run(practice_calls.delete(practice_id))

    def queues(self) -> QueueList:
        """What waits in each queue. Needs scope admin."""
        return self._run(calls.queues())

    def dead_letters(self, limit: int = 100) -> DeadLetterList:
        """Unresolved dead letters. Needs scope admin."""
        return self._run(calls.dead_letters(limit))

    def replay_dead_letter(self, letter_id: int) -> StatusBody:
        """Resume the exam of a dead letter. Needs scope admin."""
        return self._run(calls.replay(letter_id))

    def webhook_deliveries(
        self, exam_id: str | None = None, limit: int = 100
    ) -> WebhookDeliveryList:
        """What was announced to callback addresses, newest first. Needs scope admin."""
        return self._run(calls.deliveries(exam_id, limit))

    def redeliver_webhook(self, delivery_id: str) -> WebhookDeliveryBody:
        """Announce once more. Needs scope admin."""
        return self._run(calls.redeliver(delivery_id))

    def webhook_targets(self) -> WebhookTargetList:
        """Callback addresses that have failed. Needs scope admin."""
        return self._run(calls.targets())

    def enable_webhook_target(self, target_id: int) -> WebhookTargetBody:
        """Send to a callback address again. Needs scope admin."""
        return self._run(calls.enable_target(target_id))

    def webhook_secret(self) -> WebhookSecretBody:
        """The secret that signs webhooks. Needs scope admin."""
        return self._run(calls.secret())

    def rotate_webhook_secret(self) -> WebhookSecretBody:
        """Replace the secret that signs webhooks. Needs scope admin."""
        return self._run(calls.rotate_secret())

    def audit(self, limit: int = 100, before: int | None = None) -> AuditList:
        """Who did what, newest first. Needs scope admin."""
        return self._run(calls.audit(limit, before))

    def limits(self) -> LimitsBody:
        """What a submission may consist of."""
        return self._run(calls.limits())

    def version(self) -> VersionBody:
        """What the gateway runs."""
        return self._run(calls.version())

    def is_alive(self) -> bool:
        """Whether the gateway's process answers; asks no dependency."""
        return self._run(calls.is_alive())

    def is_ready(self) -> bool:
        """Whether requests can be served; raises ExamLensError when not."""
        return self._run(calls.is_ready())

    def _run(self, call: Call[ResultT]) -> ResultT:
        with ExitStack() as stack:
            arguments = call.arguments(stack, self._timeout_seconds)
            try:
                response = self._http.request(call.method, call.url(), **arguments)
            except httpx2.TransportError as error:
                raise GatewayUnreachable(type(error).__name__) from error
        return result_of(call, response)
