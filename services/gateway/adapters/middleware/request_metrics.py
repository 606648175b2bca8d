"""Counting requests by route template, so that no id becomes a label."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability import metrics

_NO_ROUTE = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """Counts and times requests. A streamed answer is timed to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        in_flight = metrics.HTTP_IN_FLIGHT.labels(_kind_of(scope))

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        in_flight.inc()
        try:
            await self._app(scope, receive, send_counted)
        finally:
            in_flight.dec()
            method = scope["method"] if scope["method"] in _METHODS else "other"
            # Set by the router on the scope it was given; absent when nothing matched.
            route = getattr(scope.get("route"), "path", _NO_ROUTE)
            metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
            metrics.HTTP_SECONDS.labels(method, route).observe(time.perf_counter() - started)


def _kind_of(scope: Scope) -> str:
    """What is held open on purpose, told by its address; nothing has been routed yet."""
    if scope["path"].endswith("/events"):
        return "stream"
    is_waiting = any(part.startswith(b"wait=") for part in scope["query_string"].split(b"&"))
    return "long_poll" if is_waiting and scope["path"].endswith("/status") else "ordinary"
