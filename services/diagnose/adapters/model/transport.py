"""One HTTP exchange with an OpenAI-compatible endpoint."""

import json
import math
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from services.diagnose.adapters.model.chat import ChatAnswer
from services.diagnose.adapters.model.failures import Refusal, TransientFault
from services.diagnose.adapters.model.waiting import retry_after_seconds

_MOST_BYTES = 4_000_000
_CONNECT_SECONDS = 10.0
#: What httpcore tells first of a request that has left the queue of its pool.
_BEGINNINGS = frozenset({"connection.connect_tcp.started", "http11.send_request_headers.started"})
#: Connections of one pool.
_SHARD = 8
_BUSY = frozenset({408, 409, 425, 429})
#: Key, account and endpoint are wrong for every request.
_GENERAL_REFUSALS = frozenset({401, 402, 403, 404, 405})


class ChatTransport:
    """Posts chat completions; the pool of ``connections`` is the only limit on concurrency."""

    def __init__(
        self, base_url: str, api_key: str | None, *, connections: int, attempt_seconds: float
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        # A pool looks at all its connections for every call: several small ones cost far less.
        count = math.ceil(connections / _SHARD)
        sizes = [connections // count + (n < connections % count) for n in range(count)]
        trust = httpx2.create_ssl_context()
        self._shards = [_Shard(_pool(size, attempt_seconds, trust), size) for size in sizes]

    async def send(self, body: dict[str, Any], on_start: Callable[[], None]) -> ChatAnswer:
        """The model's answer. Raises TransientFault or Refusal.

        ``on_start`` is called when the request has a connection and begins, perhaps more than once.
        """
        shard = max(self._shards, key=lambda shard: shard.free)
        extensions: dict[str, Any] = {}
        if shard.free > 0:
            on_start()
        else:

            async def trace(event: str, _: dict[str, Any]) -> None:
                if event in _BEGINNINGS:
                    on_start()

            # Only a request that has to queue is followed, because following costs time.
            extensions["trace"] = trace
        shard.free -= 1
        try:
            return await self._send(shard.client, body, extensions)
        finally:
            shard.free += 1

    async def _send(
        self, client: httpx2.AsyncClient, body: dict[str, Any], extensions: dict[str, Any]
    ) -> ChatAnswer:
        try:
            async with client.stream(
                "POST", self._url, json=body, headers=self._headers, extensions=extensions
            ) as response:
                content = await _read(response)
        except httpx2.TimeoutException:
            raise TransientFault("timeout") from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError):
            raise TransientFault("connection") from None
        if response.status_code != httpx2.codes.OK:
            raise _fault(response, content)
        return _answer(content)

    async def close(self) -> None:
        """Close the pool."""
        for shard in self._shards:
            await shard.client.aclose()


@dataclass(slots=True)
class _Shard:
    client: httpx2.AsyncClient
    #: Connections that nobody uses; below zero are requests that queue.
    free: int


def _pool(connections: int, attempt_seconds: float, trust: ssl.SSLContext) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        verify=trust,
        limits=httpx2.Limits(
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
        ),
        # Waiting for a connection of the pool has no limit of its own: the caller's holds.
        timeout=httpx2.Timeout(attempt_seconds, connect=_CONNECT_SECONDS, pool=None),
        follow_redirects=False,
    )


async def _read(response: httpx2.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise TransientFault("oversized")
        if not content.strip():
            # Blank lines keep the connection alive while the model waits its turn.
            content.clear()
    return bytes(content)


def _fault(response: httpx2.Response, content: bytes) -> TransientFault | Refusal:
    status = response.status_code
    if status in _BUSY:
        wait = retry_after_seconds(response.headers.get("retry-after"))
        return TransientFault(f"http_{status}", retry_after=wait, is_outage=False)
    if status >= 500 or status < 400:
        wait = retry_after_seconds(response.headers.get("retry-after"))
        return TransientFault(f"http_{status}", retry_after=wait)
    return Refusal(
        status,
        is_general=status in _GENERAL_REFUSALS,
        is_about_format=b"response_format" in content or b"json_schema" in content,
    )


def _answer(content: bytes) -> ChatAnswer:
    if not content.strip():
        raise TransientFault("empty_body")
    try:
        document = json.loads(content)
        choice = document["choices"][0]
        text = choice["message"]["content"] or ""
        usage = document.get("usage") or {}
        counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
    except (ValueError, LookupError, TypeError, AttributeError):
        raise TransientFault("broken_body") from None
    if not isinstance(text, str):
        raise TransientFault("broken_body")
    is_cut = choice.get("finish_reason") == "length"
    if not text.strip() and not is_cut:
        raise TransientFault("empty_answer", is_outage=False)
    return ChatAnswer(text, is_cut, _count(counts[0]), _count(counts[1]))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
