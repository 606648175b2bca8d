"""Bounding connections in number, and in the time that they take to say what they want.

uvicorn waits for ever for the end of a request's head, and its ``limit_concurrency`` looks only at
requests that have one. So whoever opens connections and says nothing could hold them all. And its
faster parser takes a head of any size.
"""

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.observability import metrics

_RETRY_AFTER_SECONDS = 1
_MOST_HEAD_BYTES = 65_536
_INVALID = "Invalid HTTP request received."


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """``most`` connections at a time; a request's head comes within ``head_seconds``."""

    most: int
    head_seconds: float


def _answer(status: int, title: str, code: str) -> bytes:
    """A whole response, for a connection that gets no other."""
    problem = {"type": "about:blank", "title": title, "status": status, "code": code}
    body = json.dumps(problem).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: {_RETRY_AFTER_SECONDS}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


_TOO_LATE = _answer(408, "Request Timeout", "request_timeout")
_FULL = _answer(503, "Service Unavailable", "overloaded")


class Connections:
    """The connections of one server; those without a request stand in the order of their wait."""

    def __init__(self, bounds: ConnectionBounds) -> None:
        self.bounds = bounds
        self._waiting: OrderedDict[GuardedProtocol, None] = OrderedDict()

    def is_room(self, open_now: int) -> bool:
        """Whether one more may stay. For its sake the one goes that has said nothing longest."""
        if open_now <= self.bounds.most:
            return True
        silent = next(iter(self._waiting), None)
        if silent is None:
            return False
        silent.end(_TOO_LATE, "evicted")
        return True

    def waits(self, connection: "GuardedProtocol") -> None:
        """``connection`` has no request; its place counts from when it began to wait."""
        self._waiting.setdefault(connection)

    def is_served(self, connection: "GuardedProtocol") -> None:
        """``connection`` has a request, or is gone."""
        self._waiting.pop(connection, None)


class GuardedProtocol(HttpToolsProtocol):
    """A connection that ends when a head is too slow or too long, or when there are too many."""

    def __init__(self, all_connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._all = all_connections
        self._deadline: asyncio.TimerHandle | None = None
        self._waited_for_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or turn it away when every other one is being served."""
        super().connection_made(transport)
        if not self._all.is_room(len(self.connections)):
            self.end(_FULL, "refused")
            return
        self._all.waits(self)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._clear_deadline()
        self._all.is_served(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read ``data``; the time for a head runs from its first byte."""
        if self.transport.is_closing():
            return
        if self._has_no_request:
            self._set_deadline()
        super().data_received(data)
        self._look()
        if self._has_no_request and not self.transport.is_closing():
            self._waited_for_bytes += len(data)
            if self._waited_for_bytes > _MOST_HEAD_BYTES:
                self.send_400_response(_INVALID)

    def on_headers_complete(self) -> None:
        """Begin with the request. Raises ValueError, which is answered 400, for too long a head."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > _MOST_HEAD_BYTES:
            raise ValueError("the head is too long")
        self._waited_for_bytes = 0
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the connection's next request."""
        super().on_response_complete()
        self._look()

    def end(self, last_words: bytes, outcome: str) -> None:
        """Close the connection, which has no request."""
        metrics.CONNECTIONS_ENDED.labels(outcome).inc()
        self._clear_deadline()
        self._all.is_served(self)
        # No longer counted, though its last bytes may still be on their way.
        self.connections.discard(self)
        self.transport.write(last_words)
        self.transport.close()

    @property
    def _has_no_request(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        if self._has_no_request:
            self._all.waits(self)
        else:
            self._clear_deadline()
            self._all.is_served(self)

    def _set_deadline(self) -> None:
        if self._deadline is None:
            seconds = self._all.bounds.head_seconds
            self._deadline = self.loop.call_later(seconds, self._too_late)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self._has_no_request and not self.transport.is_closing():
            self.end(_TOO_LATE, "head_timeout")


def guarded(bounds: ConnectionBounds) -> Any:
    """What uvicorn makes a server's connections with (its setting ``http``)."""
    return partial(GuardedProtocol, Connections(bounds))
