"""Signatures, the address guard and the request that is sent, without a socket."""

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.webhooks.addresses import ForbiddenAddress, UnknownHost, is_public, public_addresses
from shared.webhooks.sender import Outcome
from shared.webhooks.signature import InvalidSignature, new_secret, signed_headers, verify

# The example of the Standard Webhooks specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'


def test_the_signature_is_that_of_the_specification() -> None:
    headers = signed_headers([SECRET], MESSAGE_ID, TIMESTAMP, BODY)
    assert headers == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    verify(SECRET, headers, BODY, now=TIMESTAMP + 10)


def test_during_a_rotation_either_secret_verifies_and_no_other() -> None:
    old, new = new_secret(), new_secret()
    headers = signed_headers([new, old], MESSAGE_ID, TIMESTAMP, BODY)
    for secret in (old, new):
        verify(secret, headers, BODY, now=TIMESTAMP)
    with pytest.raises(InvalidSignature):
        verify(new_secret(), headers, BODY, now=TIMESTAMP)


@pytest.mark.parametrize(
    ("changed", "body", "now"),
    [
        ({}, BODY + b" ", TIMESTAMP),
        ({"webhook-id": "msg_other"}, BODY, TIMESTAMP),
        ({"webhook-timestamp": str(TIMESTAMP + 1)}, BODY, TIMESTAMP),
        ({"webhook-timestamp": "soon"}, BODY, TIMESTAMP),
        ({"webhook-signature": "v1,"}, BODY, TIMESTAMP),
        ({}, BODY, TIMESTAMP + 301),
        ({}, BODY, TIMESTAMP - 301),
    ],
)
def test_whatever_was_changed_or_is_old_is_refused(
    changed: dict[str, str], body: bytes, now: int
) -> None:
    headers = signed_headers([SECRET], MESSAGE_ID, TIMESTAMP, BODY) | changed
    with pytest.raises(InvalidSignature):
        verify(SECRET, headers, body, now=now)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 -- an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "2002:7f00:1::",
        "2001:db8::1",
        "fec0::1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "192.0.0.192",
        "168.63.129.16",
        "5f00::1",
        "3fff::1",
    ],
)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_an_operator_may_allow_networks_of_their_own() -> None:
    allowed = [ipaddress.ip_network("10.5.0.0/16"), ipaddress.ip_network("fd00::/8")]
    assert is_public(ipaddress.ip_address("10.5.1.1"), allowed)
    assert is_public(ipaddress.ip_address("::ffff:10.5.1.1"), allowed)
    assert is_public(ipaddress.ip_address("fd00::1"), allowed)
    assert not is_public(ipaddress.ip_address("10.6.1.1"), allowed)


class Resolver:
    """Answers like a name server; each question takes the next answer."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def getaddrinfo(self, _: str, port: int, **__: Any) -> list[Any]:
        found = self.answers.pop(0)
        if not found:
            raise socket.gaierror("no such host")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(*answers: list[str]) -> Resolver:
        resolver = Resolver(*answers)
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "getaddrinfo", resolver.getaddrinfo)
        return resolver

    return use


async def test_one_forbidden_address_forbids_the_host(resolve: Any) -> None:
    resolve(["8.8.8.8", "10.0.0.1"])
    with pytest.raises(ForbiddenAddress):
        await public_addresses("host.example", 443)


async def test_a_name_is_asked_for_once_so_that_its_answer_cannot_change(resolve: Any) -> None:
    resolver = resolve(["8.8.8.8"], ["127.0.0.1"])
    assert await public_addresses("rebinding.example", 443) == ("8.8.8.8",)
    assert resolver.answers == [["127.0.0.1"]]


async def test_an_unknown_host_is_told_from_a_forbidden_one(resolve: Any) -> None:
    resolve([])
    with pytest.raises(UnknownHost):
        await public_addresses("nowhere.example", 443)


@given(st.integers(100, 599))
def test_only_a_2xx_counts_as_delivered(status: int) -> None:
    outcome = Outcome(status=status)
    assert outcome.is_delivered == (status // 100 == 2)
    assert outcome.is_final == (status == 410)
