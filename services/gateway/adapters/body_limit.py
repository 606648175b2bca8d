"""Bounding request bodies in size and in time, whoever reads them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.adapters.problem_response import problem_response
from services.gateway.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class BodyBounds:
    """``max_bytes`` is asked per request; a stalled and a dripping body end at the other two."""

    max_bytes: Callable[[Scope], int]
    idle_seconds: float
    total_seconds: float


class BodyLimit:
    """Refuses bodies that are announced too large, and stops those that become it."""

    def __init__(self, app: ASGIApp, bounds: BodyBounds) -> None:
        self._app, self._bounds = app, bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        max_bytes = self._bounds.max_bytes(scope)
        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > max_bytes:
            # Closing tells the client to stop sending what nobody will read.
            problem = Problem("body_too_large", headers={"Connection": "close"})
            await problem_response(request, problem)(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, self._bounds, max_bytes), send)


class _Bounded:
    """A ``receive`` that raises Problem ``body_too_large`` or ``request_timeout``."""

    def __init__(self, receive: Receive, bounds: BodyBounds, max_bytes: int) -> None:
        self._receive, self._bounds, self._left = receive, bounds, max_bytes
        self._deadline = time.monotonic() + bounds.total_seconds
        self._is_complete = False

    async def __call__(self) -> Message:
        """The next message; behind the body's end waiting for a disconnect is not bounded."""
        if self._is_complete:
            return await self._receive()
        patience = min(self._bounds.idle_seconds, self._deadline - time.monotonic())
        try:
            async with asyncio.timeout(patience):
                message = await self._receive()
        except TimeoutError as error:
            raise Problem("request_timeout", headers={"Connection": "close"}) from error
        self._left -= len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._left < 0:
            raise Problem("body_too_large", headers={"Connection": "close"})
        return message
