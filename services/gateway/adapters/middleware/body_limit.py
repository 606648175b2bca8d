"""Bounding request bodies in size and in time, whoever reads them."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.adapters.responses.problem_response import problem_response
from services.gateway.domain.protocol.problems import Problem
from shared.contract.api.problem_codes import ProblemCode

#: How long an answer waits while the client still sends a body that nobody wants.
_LINGER_SECONDS = 2.0
_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


@dataclass(frozen=True, slots=True)
class BodyBounds:
    """Bounds of a body. ``max_bytes`` depends on the request.

    A body that stalls ends after ``idle_seconds``, one that drips after ``total_seconds``.
    """

    max_bytes: Callable[[Scope], int]
    idle_seconds: float
    total_seconds: float


class BodyLimit:
    """Refuses a body that is announced too large, and stops one that grows too large."""

    def __init__(self, app: ASGIApp, bounds: BodyBounds) -> None:
        self._app, self._bounds = app, bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        max_bytes = self._bounds.max_bytes(scope)
        body = _Bounded(receive, self._bounds, max_bytes)
        # A client that waits for leave to send reads the answer without sending its body.
        waits = request.headers.get("expect", "").lower() == "100-continue"

        async def send_and_linger(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            if is_last and not waits:
                await body.discard_rest()
            await send(message)

        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > max_bytes:
            problem = Problem(ProblemCode.BODY_TOO_LARGE, headers={"Connection": "close"})
            await problem_response(request, problem)(scope, receive, send_and_linger)
            return
        await self._app(scope, body, send_and_linger)


def _has_body(scope: Scope) -> bool:
    """Whether the request announces a body (RFC 9112, section 6.3); most requests have none."""
    return any(name in _BODY_HEADERS for name, _ in scope["headers"])


class _Bounded:
    """A ``receive`` that raises Problem ``body_too_large`` or ``request_timeout``."""

    def __init__(self, receive: Receive, bounds: BodyBounds, max_bytes: int) -> None:
        self._receive, self._bounds, self._left = receive, bounds, max_bytes
        self._deadline = time.monotonic() + bounds.total_seconds
        self._is_complete = False

    async def __call__(self) -> Message:
        """The next message. Behind the body's end the wait for a disconnect has no bound."""
        if self._is_complete:
            return await self._receive()
        patience = min(self._bounds.idle_seconds, self._deadline - time.monotonic())
        try:
            async with asyncio.timeout(patience):
                message = await self._next()
        except TimeoutError as error:
            raise Problem(ProblemCode.REQUEST_TIMEOUT, headers={"Connection": "close"}) from error
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise Problem(ProblemCode.BODY_TOO_LARGE, headers={"Connection": "close"})
        return message

    async def discard_rest(self) -> None:
        """For a moment, take what the client still sends (RFC 9112, section 9.6).

        Closing at once would reset the connection, and the client would never see the answer.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self._is_complete:
                    await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._is_complete = not message.get("more_body", False)
        return message
