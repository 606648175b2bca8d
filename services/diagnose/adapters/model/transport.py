"""One HTTP exchange with an OpenAI-compatible endpoint."""

import json
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import certifi

from services.diagnose.adapters.model.chat import ChatAnswer
from services.diagnose.adapters.model.completions import read_completion
from services.diagnose.adapters.model.dialect import FORMAT_WORDS
from services.diagnose.adapters.model.faults import Refusal, TransientFault
from services.diagnose.adapters.model.waiting import retry_after_seconds

_MOST_BYTES = 4_000_000
_CONNECT_SECONDS = 10.0
_KEEP_SECONDS = 30.0
_MOST_REFUSAL = 4000
_OK = 200
_SERVER_ERROR = 500
_BUSY = frozenset({408, 409, 425, 429})
#: Key, account and endpoint are wrong for every request.
_GENERAL_REFUSALS = frozenset({401, 402, 403, 404, 405})


class ChatTransport:
    """Posts chat completions over a pool of ``connections``."""

    def __init__(self, base_url: str, api_key: str | None, *, connections: int) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def send(self, body: dict[str, Any], on_start: Callable[[], None]) -> ChatAnswer:
        """The model's answer. Raises TransientFault or Refusal.

        ``on_start`` is called when the request has left the queue for a connection and begins.
        """
        if self._session is None:
            # Not made earlier: a session belongs to the loop that uses it.
            self._session = _session(self._url, self._connections)
        data = json.dumps(body, ensure_ascii=False).encode()
        try:
            async with self._session.post(
                self._url,
                data=data,
                headers=self._headers,
                allow_redirects=False,
                trace_request_ctx=on_start,
            ) as response:
                content = await _read(response)
        except TimeoutError:
            raise TransientFault("timeout") from None
        except (aiohttp.ClientError, OSError):
            raise TransientFault("connection") from None
        if response.status != _OK:
            raise _fault(response, content)
        return read_completion(content)

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _session(url: str, connections: int) -> aiohttp.ClientSession:
    trust = ssl.create_default_context()
    # Slim images have no certificates of their own.
    trust.load_verify_locations(certifi.where())
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=connections, ssl=trust, keepalive_timeout=_KEEP_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=_proxy(url),
        # The caller limits the wait for a connection of the pool and for the answer.
        timeout=aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS),
        trace_configs=[_followed()],
    )


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for ``url``."""
    place = urlsplit(url)
    if place.hostname is None or proxy_bypass(place.hostname):
        return None
    proxies = getproxies()
    return proxies.get(place.scheme) or proxies.get("all")


def _followed() -> aiohttp.TraceConfig:
    """Calls each request's ``on_start`` when the pool has given it a connection, new or used."""

    async def begin(_: aiohttp.ClientSession, context: Any, __: object) -> None:
        context.trace_request_ctx()

    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(begin)
    config.on_connection_reuseconn.append(begin)
    return config


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise TransientFault("oversized")
        if not content.strip():
            # Blank lines keep the connection alive while the model waits its turn.
            content.clear()
    return bytes(content)


def _fault(response: aiohttp.ClientResponse, content: bytes) -> TransientFault | Refusal:
    status = response.status
    text = content[:_MOST_REFUSAL].decode(errors="replace").lower()
    # Servers that compile the schema fail with 500 for one they cannot (llama.cpp, xgrammar).
    is_format = status >= _SERVER_ERROR and any(word in text for word in FORMAT_WORDS)
    if status in _BUSY:
        wait = retry_after_seconds(response.headers.get("retry-after"))
        return TransientFault(f"http_{status}", retry_after=wait, is_outage=False)
    if (status >= _SERVER_ERROR and not is_format) or status < 400:
        wait = retry_after_seconds(response.headers.get("retry-after"))
        return TransientFault(f"http_{status}", retry_after=wait)
    return Refusal(status, is_general=status in _GENERAL_REFUSALS, text=text)
