"""Sending one webhook: a POST to a pinned address, with no redirect and little patience."""

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from shared.webhooks.addresses import ForbiddenAddress, Network, UnknownHost, public_addresses

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_MAX_STATUS_LINE_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. ``error`` is a code, never a text of the other side."""

    status: int | None = None
    error: str | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took the message: any 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_final(self) -> bool:
        """Whether trying again is pointless: the receiver is gone (410), or must not be called."""
        return self.status == 410 or self.error in {"forbidden_address", "invalid_address"}


class Sender(Protocol):
    """What delivers messages; tests use one that remembers them."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post ``body`` to ``url``; never raises for what the other side does."""
        ...


class HttpSender:
    """A Sender over HTTP/1.1, written out here so that the checked address is the one used."""

    def __init__(self, *, allowed: Sequence[Network] = (), timeout_seconds: float = 15.0) -> None:
        self._allowed, self._timeout_seconds = tuple(allowed), timeout_seconds

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post ``body`` to ``url``. A redirect is not followed and counts as a failure."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return Outcome(status=await self._post(url, headers, body))
        except _FAILURES as failure:
            return Outcome(error=_code_of(failure))

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = await public_addresses(parts.hostname, port, self._allowed)
        request = _request(parts, headers, body)
        # Of a host with several addresses one may be out of reach, such as IPv6 without a route.
        share_seconds = self._timeout_seconds / (len(addresses) + 1)
        reader, writer = await _connect(parts, addresses, port, share_seconds)
        return await _exchange(reader, writer, request)


class _NoHttp(Exception):
    """What answered does not speak HTTP."""


#: What may go wrong with an attempt, the special before the general.
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (ForbiddenAddress, "forbidden_address"),
    (UnknownHost, "unknown_host"),
    (_NoHttp, "no_http"),
    (TimeoutError, "timeout"),
    (ssl.SSLError, "tls"),
    (OSError, "connection"),
    (EOFError, "connection"),
    (asyncio.LimitOverrunError, "no_http"),
    (ValueError, "invalid_address"),
)
_FAILURES = tuple(kind for kind, _ in _CODES)


def _code_of(failure: Exception) -> str:
    return next(code for kind, code in _CODES if isinstance(failure, kind))


async def _connect(
    parts: SplitResult, addresses: Sequence[str], port: int, share_seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of ``addresses`` that answers; raises the failure of the last.

    Nothing of the message is sent before, so no address gets it twice.
    """
    is_tls = parts.scheme == "https"
    context = ssl.create_default_context() if is_tls else None
    for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
        try:
            async with asyncio.timeout(share_seconds if left else None):
                return await asyncio.open_connection(
                    address,
                    port,
                    limit=_MAX_STATUS_LINE_BYTES,
                    ssl=context,
                    # The certificate is checked for the name, although the address is used.
                    server_hostname=parts.hostname if is_tls else None,
                )
        except OSError:
            if not left:
                raise
    raise UnknownHost(parts.hostname)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> int:
    """The status of the final answer; its body is not read."""
    try:
        writer.write(request)
        await writer.drain()
        while True:
            found = _STATUS_LINE.fullmatch(await reader.readuntil(b"\n"))
            if found is None:
                raise _NoHttp
            status = int(found[1])
            if status >= 200:
                return status
            # An interim answer such as 100: an empty line ends its header.
            while (await reader.readuntil(b"\n")).strip():
                continue
    finally:
        writer.close()


def _request(parts: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    fields = {
        "Host": host,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "User-Agent": "ExamLens-Webhooks/1",
        "Connection": "close",
        **headers,
    }
    # A blank would end the target.
    target = _ascii(target).replace(" ", "%20")
    lines = [f"POST {target} HTTP/1.1", *(f"{k}: {_ascii(v)}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _ascii(text: str) -> str:
    """``text`` with everything that could end a line or is not ASCII percent-encoded."""
    return "".join(
        char
        if "\x21" <= char <= "\x7e" or char == " "
        else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in text
    )
