"""A customer: one exam, what is done with it, and every answer on the way."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx2

from shared.contract.stages import TERMINAL
from tests.chaos.history import History, Request, Told

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
#: Answers that say: not now.
_LATER = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
#: A request whose gateway was stopped is given up; the next one asks another, or the same again.
_REQUEST_SECONDS = 40.0


class GivenUp(Exception):
    """Nobody answered this customer in time; ``str`` is what was said last."""


def upload_of(reference: str) -> bytes:
    """The one page of a customer's exam. No two customers have the same, and all can be found."""
    return _PNG + marker_of(reference).encode()


def marker_of(reference: str) -> str:
    """What stands in the upload of this customer and nowhere else."""
    return "ink-" + hashlib.sha256(reference.encode()).hexdigest()


@dataclass
class Customer:
    """Asks until it is answered; every answer is written into ``history``."""

    reference: str
    http: httpx2.AsyncClient
    history: History
    callback_url: str | None = None
    paper_id: str | None = None
    patience_seconds: float = 180.0
    pause_seconds: float = 0.5
    #: How long one question for the status waits for a change.
    wait_seconds: int = 5
    exam_id: str | None = None

    @property
    def key(self) -> str:
        """Its Idempotency-Key, which says nothing about the customer."""
        return str(uuid5(NAMESPACE_URL, self.reference))

    async def submit(self) -> Told:
        """Submit until the exam is accepted; the key makes repeating harmless."""
        told = await self._insist(lambda: self.send_exam(key=self.key))
        self.exam_id = told.exam_id
        return told

    async def send_exam(self, *, key: str | None) -> Told:
        """One submission, with or without a key."""
        content = upload_of(self.reference)
        data = {"student_ref": self.reference}
        if self.callback_url is not None:
            data["callback_url"] = self.callback_url
        if self.paper_id is not None:
            data["paper_id"] = self.paper_id
        return await self._ask(
            "submit",
            "POST",
            "/exams",
            files=[("files", ("a.png", content))],
            data=data,
            headers={} if key is None else {"Idempotency-Key": key},
            noted={"sha256": hashlib.sha256(content).hexdigest(), "key": key},
        )

    async def follow(self) -> Told:
        """Ask for every change until the exam has ended or is gone."""
        deadline = time.monotonic() + self.patience_seconds
        wait = {"wait": self.wait_seconds}
        while True:
            told = await self._ask("status", "GET", self._at("status"), params=wait)
            if told.status in TERMINAL or told.answer == 404:
                return told
            if time.monotonic() > deadline:
                raise GivenUp(f"{self.reference}: {told.status} {told.answer}")
            if not told.is_done:
                await asyncio.sleep(self.pause_seconds)

    async def cancel(self) -> Told:
        """Ask once for the end of the work."""
        return await self._ask("cancel", "POST", self._at("cancel"), json={})

    async def retry(self) -> Told:
        """Ask once for another run."""
        return await self._ask("retry", "POST", self._at("retry"), json={})

    async def delete(self) -> Told:
        """Ask until nothing is there any more."""
        return await self._insist(
            lambda: self._ask("delete", "DELETE", f"/exams/{self.exam_id}"), enough={204, 404}
        )

    async def correct(self, letter: str) -> Told:
        """Ask once to correct the answer of the first question."""
        address = self._at("questions/1")
        try:
            question = await self.http.get(address, timeout=_REQUEST_SECONDS)
            etag = question.headers.get("etag", '"none"')
        except httpx2.TransportError:
            etag = '"none"'
        return await self._ask(
            "correct",
            "PATCH",
            address,
            json={"student_answer": letter},
            headers={"If-Match": etag},
            noted={"correction": letter},
        )

    async def replay(self) -> Told | None:
        """Bring the exam's dead letter back; None when the list did not come or has none."""
        try:
            found = await self.http.get("/dead-letters", params={"limit": 500})
        except httpx2.TransportError:
            return None
        items = found.json().get("items", []) if found.is_success else []
        letters = [letter for letter in items if letter["exam_id"] == self.exam_id]
        if not letters:
            return None
        return await self._ask("replay", "POST", f"/dead-letters/{letters[-1]['id']}/replay")

    async def _insist(self, ask: Any, *, enough: set[int] | None = None) -> Told:
        deadline = time.monotonic() + self.patience_seconds
        while True:
            told: Told = await ask()
            if told.is_done or told.answer in (enough or set()):
                return told
            is_later = told.answer is None or told.answer in _LATER
            if not is_later or time.monotonic() > deadline:
                raise GivenUp(f"{self.reference}: {told.request} {told.answer}")
            await asyncio.sleep(self.pause_seconds)

    async def _ask(
        self,
        request: Request,
        method: str,
        address: str,
        *,
        noted: dict[str, Any] | None = None,
        **sent: Any,
    ) -> Told:
        found: dict[str, Any] = {"who": self.reference, "request": request, **(noted or {})}
        found["exam_id"] = self.exam_id
        try:
            answer = await self.http.request(method, address, timeout=_REQUEST_SECONDS, **sent)
        except httpx2.TransportError:
            return self.history.note(Told(answer=None, **found))
        found["is_replay"] = answer.headers.get("idempotency-replayed") == "true"
        if answer.is_success and answer.content:
            body = answer.json()
            found |= {name: body[name] for name in ("exam_id", "status", "run", "progress")}
            duplicate = body.get("duplicate")
            found["duplicate_of"] = duplicate and duplicate["of"]
        return self.history.note(Told(answer=answer.status_code, **found))

    def _at(self, what: str) -> str:
        return f"/exams/{self.exam_id}/{what}"
