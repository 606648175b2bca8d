"""The guard asks this machine's resolver, which reads the odd spellings of an address too."""

import asyncio
import socket
from typing import Any

import pytest

from services.report.settings import ReportSettings
from shared.webhooks.addresses import parse_networks
from shared.webhooks.sender import HttpSender, Outcome


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1/", "forbidden_address"),
        ("https://[::1]:8080/", "forbidden_address"),
        ("http://169.254.169.254/latest/meta-data", "forbidden_address"),
        ("http://2130706433/", "forbidden_address"),
        ("http://0x7f.1/", "forbidden_address"),
        ("ftp://8.8.8.8/", "invalid_address"),
        ("http://", "invalid_address"),
        ("http://host:99999/", "invalid_address"),
    ],
)
async def test_no_connection_is_made_to_a_forbidden_or_senseless_address(
    url: str, error: str
) -> None:
    outcome = await HttpSender().send(url, {}, b"{}")
    assert outcome == Outcome(error=error)
    assert outcome.is_final


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_a_school_may_name_networks_of_its_own(database_url: str) -> None:
    named = ReportSettings(database_url=database_url, webhook_networks="10.9.0.0/16, 127.0.0.0/8")
    allowed = parse_networks(named.webhook_networks)
    async with await asyncio.start_server(_answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        inside = await HttpSender(allowed=allowed).send(f"http://127.0.0.1:{port}/", {}, b"{}")
        outside = await HttpSender(allowed=allowed).send("http://192.168.1.1/", {}, b"{}")
    assert (inside, outside) == (Outcome(status=204), Outcome(error="forbidden_address"))
    with pytest.raises(ValueError, match="webhook_networks"):
        ReportSettings(database_url=database_url, webhook_networks="the school")


async def test_every_address_of_a_host_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_: Any, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in ("127.9.9.1", "127.9.9.2", "127.0.0.1")
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    sender = HttpSender(allowed=parse_networks("127.0.0.0/8"), timeout_seconds=5)
    async with await asyncio.start_server(_answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await sender.send(f"http://lms.school:{port}/", {}, b"{}") == Outcome(status=204)
    nobody = await sender.send(f"http://lms.school:{port}/", {}, b"{}")
    assert nobody == Outcome(error="connection")
