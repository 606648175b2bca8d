"""The client for programs with an event loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any, Self, TypeVar

import httpx2

from examlens.client import calls
from examlens.client.call import Call, result_of
from examlens.client.errors import GatewayUnreachable, WaitTimeout
from examlens.client.routes import Awaiting, Routes
from shared.contract.api.batches import BatchBody
from shared.contract.api.exams import EventBody, ExamBody, StatusBody, WaitUntil
from shared.contract.api.practice import PracticeBody
from shared.contract.stages import TERMINAL

ResultT = TypeVar("ResultT")


class AsyncExamLensClient(Routes, Awaiting):
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
        # Changes on the way are for whoever wants to hear of them.
        until: WaitUntil = "ended" if on_change is None else "change"
        etag: str | None = None
        while True:
            left = deadline - time.monotonic()
            patience = 0 if etag is None else max(min(int(left), 30), 1)
            status, etag = await self._run(calls.status(exam_id, patience, etag, until=until))
            if status is not None:
                if on_change is not None:
                    on_change(status)
                if status.status in TERMINAL:
                    return status
            if time.monotonic() >= deadline:
                raise WaitTimeout(exam_id)

    async def status(self, exam_id: str) -> StatusBody:
        """The present status."""
        status, _ = await self._run(calls.status(exam_id, 0, None))
        if status is None:
            raise GatewayUnreachable("an unconditional request was answered with 304")
        return status

    async def wait_batch(self, batch_id: str, *, timeout_seconds: float = 600.0) -> BatchBody:
        """The batch once it is divided, or will never be. Raises WaitTimeout."""
        deadline = time.monotonic() + timeout_seconds
        pause = 0.2
        while True:
            found = await self.batch(batch_id)
            if found.state not in {"queued", "dividing"}:
                return found
            if time.monotonic() >= deadline:
                raise WaitTimeout(batch_id)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)

    async def wait_practice(
        self, practice_id: str, *, timeout_seconds: float = 120.0
    ) -> PracticeBody:
        """The practice paper once it is ready or has ended otherwise. Raises WaitTimeout."""
        deadline = time.monotonic() + timeout_seconds
        pause = 0.2
        while True:
            found = await self.practice(practice_id)
            if found.state in {"ready", "failed", "cancelled"}:
                return found
            if time.monotonic() >= deadline:
                raise WaitTimeout(practice_id)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)

    async def _run(self, call: Call[ResultT]) -> ResultT:
        with ExitStack() as stack:
            arguments = call.arguments(stack, self._timeout_seconds)
            try:
                response = await self._http.request(call.method, call.url(), **arguments)
            except httpx2.TransportError as error:
                raise GatewayUnreachable(type(error).__name__) from error
        return result_of(call, response)
