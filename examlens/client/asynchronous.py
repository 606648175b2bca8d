"""The client for programs with an event loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
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


class AsyncExamLensClient:
    """Talks to a gateway at ``address`` with the key ``token``.

    Every method raises ExamLensError for an answer that is a problem, and GatewayUnreachable
    when there is no answer. Use it as an async context manager.
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
        self._http = httpx2.AsyncClient(base_url=address, headers=headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def submit(
        self, files: Sequence[FileSource], *, idempotency_key: str | None = None, **fields: Any
    ) -> StatusBody:
        """Submit one student's paper; ``fields`` are those of ``calls.submission_fields``."""
        form = calls.submission_fields(**fields)
        return await self._run(calls.submit(files, form, idempotency_key))

    async def submit_batch(
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
        return await self._run(call)

    async def batch(self, batch_id: str) -> BatchBody:
        """How far a batch is, exam by exam."""
        return await self._run(calls.batch(batch_id))

    async def exams(
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
        return await self._run(call)

    async def all_exams(self, **filters: Any) -> AsyncIterator[ExamBody]:
        """Every exam that matches, page after page."""
        cursor = None
        while True:
            found = await self.exams(cursor=cursor, **filters)
            for exam in found.items:
                yield exam
            cursor = found.next
            if cursor is None:
                return

    async def changes(self, exam_id: str) -> AsyncIterator[StatusBody]:
        """The status now and after every change, until the exam has ended."""
        etag: str | None = None
        while True:
            status, etag = await self._run(calls.status(exam_id, 0 if etag is None else 30, etag))
            if status is not None:
                yield status
                if status.status in TERMINAL:
                    return

    async def events(self, exam_id: str, *, after: int = 0) -> AsyncIterator[EventBody]:
        """Every event numbered above ``after``, as it happens, until the exam has ended."""
        path = calls.events_path(exam_id)
        headers = {"Last-Event-ID": str(after)}
        try:
            async with self._http.stream("GET", path, headers=headers, timeout=60) as response:
                if not response.is_success:
                    await response.aread()
                    result_of(calls.exam(exam_id), response)
                async for line in response.aiter_lines():
                    event = calls.event_of(line)
                    if event is not None:
                        yield event
        except httpx2.TransportError as error:
            raise GatewayUnreachable(type(error).__name__) from error

    async def wait(
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
            status, etag = await self._run(calls.status(exam_id, patience, etag))
            if status is not None:
                if on_change is not None:
                    on_change(status)
                if status.status in TERMINAL:
                    return status
            if time.monotonic() >= deadline:
                raise WaitTimeout(exam_id)

    async def stream_token(self, exam_id: str) -> StreamTokenBody:
        """A short-lived address of an exam's events, for a browser's EventSource."""
        return await self._run(calls.stream_token(exam_id))

    async def exam(self, exam_id: str) -> ExamBody:
        """An exam as submitted."""
        return await self._run(calls.exam(exam_id))

    async def status(self, exam_id: str) -> StatusBody:
        """The present status."""
        status, _ = await self._run(calls.status(exam_id, 0, None))
        if status is None:
            raise GatewayUnreachable("an unconditional request was answered with 304")
        return status

    async def result(self, exam_id: str, run: RunOf = None) -> ExamResult:
        """The whole result."""
        return await self._run(calls.result(exam_id, run))

    async def artefact(self, exam_id: str, kind: ArtefactKind, run: RunOf = None) -> bytes:
        """A report, practice paper or error book as bytes."""
        return await self._run(calls.artefact(exam_id, kind, run))

    async def page(self, exam_id: str, number: int, run: RunOf = None) -> bytes:
        """A normalised page image; ``number`` counts from 1."""
        return await self._run(calls.page(exam_id, number, run))

    async def crop(self, exam_id: str, ordinal: int, run: RunOf = None) -> bytes:
        """A question's part of the page, PNG."""
        return await self._run(calls.crop(exam_id, ordinal, run))

    async def questions(self, exam_id: str, verdict: Verdict | None = None) -> QuestionList:
        """The questions as graded; those that need review come least certain first."""
        return await self._run(calls.questions(exam_id, verdict))

    async def question(self, exam_id: str, ordinal: int) -> QuestionBody:
        """A question as graded, with its corrections."""
        return await self._run(calls.question(exam_id, ordinal))

    async def correct(self, question: QuestionBody, correction: CorrectionRequest) -> StatusBody:
        """Correct a question unless it has changed since ``question`` was read."""
        return await self._run(calls.correct(question, correction))

    async def review(self, limit: int = 50) -> ReviewList:
        """Questions of all finished exams that need a person, least certain first."""
        return await self._run(calls.review(limit))

    async def cancel(self, exam_id: str, *, erase: bool = False) -> StatusBody:
        """Stop working on an exam, with ``erase`` erase its files and all that was read."""
        return await self._run(calls.cancel(exam_id, erase=erase))

    async def retry(self, exam_id: str, from_stage: Stage | None = None) -> StatusBody:
        """Run a failed or cancelled exam again, from a stage or where it stopped."""
        return await self._run(calls.retry(exam_id, from_stage))

    async def delete(self, exam_id: str) -> None:
        """Erase an exam with all its files."""
        await self._run(calls.delete(exam_id))

    async def create_paper(self, key: AnswerKey) -> PaperBody:
        """Store an answer key."""
        return await self._run(calls.create_paper(key))

    async def create_paper_csv(self, rows: bytes, title: str | None = None) -> PaperBody:
        """Store an answer key given as CSV."""
        return await self._run(calls.create_paper_csv(rows, title))

    async def replace_paper(
        self, paper_id: str, key: AnswerKey, version: int | None = None
    ) -> PaperBody:
        """Replace an answer key, with ``version`` only if that is still the present one."""
        return await self._run(calls.replace_paper(paper_id, key, version))

    async def paper(self, paper_id: str) -> PaperBody:
        """A paper with its answer key."""
        return await self._run(calls.paper(paper_id))

    async def papers(self, limit: int = 50, cursor: str | None = None) -> PaperList:
        """One page of papers, newest first."""
        return await self._run(calls.papers(limit, cursor))

    async def class_report(self, paper_id: str) -> ClassBody:
        """The class report of a paper."""
        return await self._run(calls.class_report(paper_id))

    async def class_page(self, paper_id: str) -> bytes:
        """The class report as one HTML file."""
        return await self._run(calls.class_page(paper_id))

    async def class_table(self, paper_id: str, table: ClassTable = ClassTable.STUDENTS) -> bytes:
        """A table of the class report as CSV."""
        return await self._run(calls.class_table(paper_id, table))

    async def order_practice(
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
        return await self._run(practice_calls.order(lecture, form, idempotency_key))

    async def practice(self, practice_id: str) -> PracticeBody:
        """How far a practice paper is."""
        return await self._run(practice_calls.state(practice_id))

    async def wait_practice(
        self, practice_id: str, *, timeout_seconds: float = 120.0
    ) -> PracticeBody:
        """The practice paper once it is ready or has failed. Raises WaitTimeout."""
        deadline = time.monotonic() + timeout_seconds
        pause = 0.2
        while True:
            found = await self.practice(practice_id)
            if found.state in {"ready", "failed"}:
                return found
            if time.monotonic() >= deadline:
                raise WaitTimeout(practice_id)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)

    async def practice_items(self, practice_id: str) -> PracticePaper:
        """The items of a practice paper with their answers."""
        return await self._run(practice_calls.items(practice_id))

    async def practice_file(self, practice_id: str, name: PracticeFileName = "paper.pdf") -> bytes:
        """The practice paper or its answer key as PDF."""
        return await self._run(practice_calls.file(practice_id, name))

    async def delete_practice(self, practice_id: str) -> None:
        """Erase a practice paper with its files."""
        await self._run(practice_calls.delete(practice_id))

    async def queues(self) -> QueueList:
        """What waits in each queue. Needs scope admin."""
        return await self._run(calls.queues())

    async def dead_letters(self, limit: int = 100) -> DeadLetterList:
        """Unresolved dead letters. Needs scope admin."""
        return await self._run(calls.dead_letters(limit))

    async def replay_dead_letter(self, letter_id: int) -> StatusBody:
        """Resume the exam of a dead letter. Needs scope admin."""
        return await self._run(calls.replay(letter_id))

    async def webhook_deliveries(
        self, exam_id: str | None = None, limit: int = 100
    ) -> WebhookDeliveryList:
        """What was announced to callback addresses, newest first. Needs scope admin."""
        return await self._run(calls.deliveries(exam_id, limit))

    async def redeliver_webhook(self, delivery_id: str) -> WebhookDeliveryBody:
        """Announce once more. Needs scope admin."""
        return await self._run(calls.redeliver(delivery_id))

    async def webhook_targets(self) -> WebhookTargetList:
        """Callback addresses that have failed. Needs scope admin."""
        return await self._run(calls.targets())

    async def enable_webhook_target(self, target_id: int) -> WebhookTargetBody:
        """Send to a callback address again. Needs scope admin."""
        return await self._run(calls.enable_target(target_id))

    async def webhook_secret(self) -> WebhookSecretBody:
        """The secret that signs webhooks. Needs scope admin."""
        return await self._run(calls.secret())

    async def rotate_webhook_secret(self) -> WebhookSecretBody:
        """Replace the secret that signs webhooks. Needs scope admin."""
        return await self._run(calls.rotate_secret())

    async def audit(self, limit: int = 100, before: int | None = None) -> AuditList:
        """Who did what, newest first. Needs scope admin."""
        return await self._run(calls.audit(limit, before))

    async def limits(self) -> LimitsBody:
        """What a submission may consist of."""
        return await self._run(calls.limits())

    async def version(self) -> VersionBody:
        """What the gateway runs."""
        return await self._run(calls.version())

    async def is_alive(self) -> bool:
        """Whether the gateway's process answers; asks no dependency."""
        return await self._run(calls.is_alive())

    async def is_ready(self) -> bool:
        """Whether requests can be served; raises ExamLensError when not."""
        return await self._run(calls.is_ready())

    async def _run(self, call: Call[ResultT]) -> ResultT:
        with ExitStack() as stack:
            arguments = call.arguments(stack, self._timeout_seconds)
            try:
                response = await self._http.request(call.method, call.url(), **arguments)
            except httpx2.TransportError as error:
                raise GatewayUnreachable(type(error).__name__) from error
        return result_of(call, response)
