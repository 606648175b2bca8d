"""Sends cases over plain sockets, so that nothing on this side mends what is broken."""

import json
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shared.contract.failures import FailureCode
from tests.fuzz.cases import Body, Case, Raw, Upload, field_part, file_part, multipart

PREFIX = "/api/v1"
#: Nothing takes longer; a connection that is still silent then counts as hung.
TIMEOUT_SECONDS = 120.0
_TERMINAL = {"COMPLETED", "FAILED", "CANCELLED", "DUPLICATE"}


@dataclass(frozen=True)
class Answer:
    """``status`` is None where the server closed the connection without a word."""

    status: int | None
    body: bytes

    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Verdict:
    """What became of a case; ``complaint`` says what is wrong with that."""

    case: str
    outcome: str
    complaint: str | None = None


class Sender:
    """A client that does what it is told, and remembers the exams that were taken."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._auth = f"Authorization: Bearer {token}\r\n".encode()
        self.taken: dict[str, str] = {}

    def try_all(self, cases: Iterable[Case]) -> list[Verdict]:
        """Send every case; exams that were taken are followed to their end."""
        refused = [self._try(case) for case in cases]
        followed = [self._follow(exam_id, name) for exam_id, name in self.taken.items()]
        return [verdict for verdict in refused if verdict is not None] + followed

    def get(self, path: str) -> Answer:
        """An ordinary request, authenticated."""
        return self._exchange([self._request(Body("", "GET", path))])

    def _try(self, case: Case) -> Verdict | None:
        """The verdict, or None when an exam was taken and has to be followed."""
        try:
            answer = self._exchange(*self._payload(case), is_ended=isinstance(case, Raw))
        except TimeoutError:
            return Verdict(case.name, "hung", "no answer")
        if answer.status in {200, 202} and isinstance(case, Upload | Body):
            taken = answer.document()
            if case.name.startswith("GET") or not isinstance(taken, dict):
                return Verdict(case.name, "200")
            if "exam_id" in taken:
                self.taken[taken["exam_id"]] = case.name
                return None
        if isinstance(case, Raw):
            is_fine = answer.status is None or 400 <= answer.status < 500
        else:
            is_fine = answer.status is not None and (200 <= answer.status < 500)
        outcome = "closed" if answer.status is None else str(answer.status)
        return Verdict(case.name, outcome, None if is_fine else f"answered {outcome}")

    def _follow(self, exam_id: str, name: str) -> Verdict:
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            status = self.get(f"/exams/{exam_id}/status?wait=20").document()
            if status["status"] in _TERMINAL:
                return _judge_end(name, status)
        return Verdict(name, "unfinished", "the exam did not end")

    def _payload(self, case: Case) -> tuple[Sequence[bytes], float]:
        if isinstance(case, Raw):
            return [part.replace(b"{auth}", self._auth) for part in case.parts], case.pause_seconds
        if isinstance(case, Body):
            return [self._request(case)], 0.0
        parts = [field_part(key, value) for key, value in case.fields.items()]
        if "force" not in case.fields:
            # The same picture under many names is no duplicate here.
            parts.append(field_part("force", "true"))
        parts += [file_part(content, name) for name, content in case.files]
        headers = {"Content-Type": "multipart/form-data; boundary=frontier"}
        return [self._request(Body(case.name, "POST", "/exams", multipart(parts), headers))], 0.0

    def _request(self, case: Body) -> bytes:
        auth = b"" if "Authorization" in case.headers else self._auth
        headers = "".join(f"{key}: {value}\r\n" for key, value in case.headers.items())
        start = f"{case.method} {PREFIX}{case.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        length = f"Content-Length: {len(case.content)}\r\n\r\n"
        head = start.encode() + auth + headers.encode("utf-8", "replace") + length.encode()
        return head + case.content

    def _exchange(
        self, parts: Sequence[bytes], pause_seconds: float = 0.0, *, is_ended: bool = False
    ) -> Answer:
        with socket.create_connection((self._host, self._port), TIMEOUT_SECONDS) as connection:
            # A server may refuse before it has read everything, and close.
            with suppress(ConnectionError):
                for part in parts:
                    connection.sendall(part)
                    time.sleep(pause_seconds)
            if is_ended:
                # Only a broken client says so: servers take it for a disconnect.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
            return _read_answer(connection)


def _read_answer(connection: socket.socket) -> Answer:
    received = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(65536):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/"):
        return Answer(None, received)
    return Answer(int(words[1]), _dechunked(body) if b"chunked" in head.lower() else body)


def _dechunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole, body = whole + rest[:length], rest[length + 2 :]
    return whole


def _judge_end(name: str, status: dict[str, Any]) -> Verdict:
    code = status["error_code"]
    outcome = f"{status['status']} {code or ''}".strip()
    if status["status"] != "FAILED":
        return Verdict(name, outcome, "the exam did not fail")
    internal = {FailureCode.CRASHED_WORKER, FailureCode.ATTEMPTS_EXHAUSTED}
    if code is None or code in internal:
        return Verdict(name, outcome, "no code that says what is wrong with the file")
    return Verdict(name, outcome)
