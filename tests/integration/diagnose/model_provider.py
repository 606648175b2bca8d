"""A stand-in for a model provider: real HTTP on loopback, sensible answers, faults on demand."""

import asyncio
import json
import re
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from shared.contract.notes import Note, NoteKind

Body = dict[str, Any]
#: Makes the JSON that the model "thinks of" from the request.
Think = Callable[[str, dict[str, Any]], Any]


def left_to_rules(reason: str) -> Note:
    """The note of work that a model did not do."""
    return Note(kind=NoteKind.MODEL_FALLBACK, details=(reason,))


@dataclass
class Fault:
    """What the provider does instead of answering well; each is used once."""

    status: int = 200
    #: The header, or ``+2`` for the HTTP date in two seconds.
    retry_after: str | None = None
    #: The whole body, instead of a chat completion.
    body: str | None = None
    #: The text of the completion, instead of the right JSON.
    text: str | None = None
    finish_reason: str = "stop"
    #: Blank lines that are sent before the body, one every ``blank_seconds``.
    blanks: int = 0
    blank_seconds: float = 0.05
    #: Never answers.
    is_stalled: bool = False
    #: Closes the connection in the middle of the body.
    is_torn: bool = False


@dataclass
class ModelProvider:
    """POST /v1/chat/completions. ``faults`` come first; then every request is answered well."""

    latency_seconds: float = 0.0
    think: Think | None = None
    #: Whether the answer about such data would be longer than allowed.
    is_cut: Callable[[dict[str, Any]], bool] | None = None
    faults: deque[Fault] = field(default_factory=deque)
    #: What happens to every request that no fault is waiting for.
    always: Fault | None = None
    #: What this endpoint does not understand of a request: a status and a text, or None.
    refuse: Callable[[Body], tuple[int, str] | None] | None = None
    #: The whole body around the text of an answer to a request.
    shape: Callable[[str, Body], str] | None = None
    #: Answers one request at a time.
    is_serial: bool = False
    requests: list[Body] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    busy: int = 0
    most_busy: int = 0
    port: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def url(self) -> str:
        """The base URL of the endpoint."""
        return f"http://127.0.0.1:{self.port}/v1"

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["ModelProvider"]:
        """Listen on a free port."""
        connections: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._converse(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", self.port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in list(connections):
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection is to be closed."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]
        content = await reader.readexactly(length)
        self.raw.append(head + content)
        body = json.loads(content)
        self.requests.append(body)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            fault = self.faults.popleft() if self.faults else self.always or Fault()
            return await self._respond(writer, head, body, fault)
        finally:
            self.busy -= 1

    async def _respond(
        self, writer: asyncio.StreamWriter, head: bytes, body: Body, fault: Fault
    ) -> bool:
        if fault.is_stalled:
            await asyncio.sleep(3600)
        if self.latency_seconds:
            async with self._turn if self.is_serial else nullcontext():
                await asyncio.sleep(self.latency_seconds)
        refused = self.refuse(body) if self.refuse is not None else None
        if refused is not None:
            fault = Fault(status=refused[0], body=json.dumps({"error": {"message": refused[1]}}))
        if not head.startswith(b"POST /v1/chat/completions "):
            fault = Fault(status=404, body="not found")
        answer = (fault.body if fault.body is not None else self._completion(body, fault)).encode()
        headers = [f"HTTP/1.1 {fault.status} X", "content-type: application/json"]
        if fault.retry_after is not None:
            asked = fault.retry_after
            date = seconds_from_now(float(asked)) if asked.startswith("+") else asked
            headers.append(f"retry-after: {date}")
        if fault.blanks:
            headers.append("transfer-encoding: chunked")
            writer.write(("\r\n".join(headers) + "\r\n\r\n").encode())
            for _ in range(fault.blanks):
                writer.write(b"1\r\n\n\r\n")
                await writer.drain()
                await asyncio.sleep(fault.blank_seconds)
            writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(answer), answer))
        else:
            headers.append(f"content-length: {len(answer)}")
            sent = answer[: len(answer) // 2] if fault.is_torn else answer
            writer.write(("\r\n".join(headers) + "\r\n\r\n").encode() + sent)
        await writer.drain()
        return not fault.is_torn

    def _completion(self, body: Body, fault: Fault) -> str:
        system, user = (message["content"] for message in body["messages"])
        text = fault.text
        finish_reason = fault.finish_reason
        if text is None:
            think, data = self.think or sensible, json.loads(user)
            text = json.dumps(think(system, data), ensure_ascii=False)
            if self.shape is not None:
                return self.shape(text, body)
            if self.is_cut is not None and self.is_cut(data):
                text, finish_reason = text[: len(text) // 2], "length"
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        choice = {"index": 0, "message": message, "finish_reason": finish_reason}
        return json.dumps(
            {"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage}
        )


def sensible(system: str, data: dict[str, Any]) -> Any:
    """Answers that fit the prompts: the first point, full points for the answer, its own words."""
    if "reference" in data and "full_score" in data:
        full, answer = data["full_score"], data["answer"]
        part = {"criterion": "all", "available": full, "earned": full, "quote": answer[:20]}
        return {"parts": [part], "confidence": 0.95, "cause": "", "cause_quote": ""}
    if "reference" in data:
        chosen = [o[3:] for o in data["options"] if o[0] == data["answer"]]
        quote = (chosen or [data["answer"]])[0]
        return {"cause": "Mixed up two rules.", "quote": quote, "confidence": 0.95}
    if "recommendations" in data:
        items = data["recommendations"]
        return {"items": [{"number": i["number"], "text": f"Do: {i['text']}"} for i in items]}
    if "facts" in data:
        return {"summary": "In short: " + data["facts"].splitlines()[0]}
    offered = re.findall(r"^([\w.-]+): ", system.split("Points:")[1], flags=re.MULTILINE)
    return {"points": [{"id": offered[0], "confidence": 0.9}]}


def seconds_from_now(seconds: float) -> str:
    """An HTTP date, as Retry-After may hold one."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


async def _serve_until_killed(latency_seconds: float) -> None:
    async with ModelProvider(latency_seconds=latency_seconds).serve() as provider:
        print(provider.url, flush=True)  # noqa: T201 -- the parent reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve_until_killed(float(sys.argv[1])))
