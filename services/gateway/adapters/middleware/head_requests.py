"""HEAD wherever there is GET (RFC 9110, section 9.3.2)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A stream has no length, and its content would be written for nobody.
_STREAM = "/events"


def is_head_of_get(scope: Scope) -> bool:
    """Whether the request asks for the head of what GET would answer."""
    path: str = scope["path"]
    return scope["method"] == "HEAD" and not path.endswith(_STREAM)


class HeadRequests:
    """Serves HEAD as GET and keeps the content back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not is_head_of_get(scope):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # Changed in place: outer middleware finds the route in the same scope.
        scope["method"] = "GET"
        try:
            await self._app(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"
