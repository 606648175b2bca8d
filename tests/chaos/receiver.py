"""A receiver of webhooks that remembers what it got, and refuses some of it at first."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Received:
    """One message: its headers, with names in lower case, and its body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        """The same for every attempt of a delivery."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        """What the message says about an exam."""
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


class Receiver:
    """Listens on a free port of this machine. Every ``refuses``-th new message fails once."""

    def __init__(self, *, refuses: int = 7) -> None:
        self.received: list[Received] = []
        self._refuses, self._seen = refuses, set[str]()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver._take(Received(headers, body)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where messages go."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, message: Received) -> int:
        with self._lock:
            is_new = message.message_id not in self._seen
            self._seen.add(message.message_id)
            if is_new and len(self._seen) % self._refuses == 0:
                return 500
            self.received.append(message)
            return 200
