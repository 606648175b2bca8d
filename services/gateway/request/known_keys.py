"""Finding the key that a request names, with a limit on guesses."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request

from services.gateway.adapters.access.key_ring import KeyRing
from services.gateway.domain.access.networks import client_network
from services.gateway.domain.access.policies import Policy
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import gateway_of
from shared.contract.api.problem_codes import ProblemCode

FoundT = TypeVar("FoundT")


def unauthenticated() -> Problem:
    """Problem ``unauthenticated``, which says how to do it."""
    return Problem(
        ProblemCode.UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="examlens"'}
    )


async def known(
    request: Request, key_id: str, find: Callable[[KeyRing], Awaitable[FoundT | None]]
) -> FoundT:
    """What ``find`` finds for a key. Wrong ones are counted for the address they come from.

    An address with too many of them gets no further look-up: the database never hears of its
    guesses. Keys that were used just now go on from there, as a school's people share an address.

    Raises Problem ``unauthenticated`` or ``rate_limited``.
    """
    gateway, address = (
        gateway_of(request),
        client_network(request.client.host if request.client else ""),
    )
    if gateway.keys.needs_look_up(key_id):
        quota = await gateway.limits.look(Policy.WRONG_KEYS, address)
        if quota is not None and quota.is_exceeded:
            raise Problem(ProblemCode.RATE_LIMITED, headers=quota.headers)
    found = await find(gateway.keys)
    if found is None:
        await count_wrong_key(request)
        raise unauthenticated()
    return found


async def count_wrong_key(request: Request) -> None:
    """Count one wrong key of the address. Raises Problem ``rate_limited`` when it had too many."""
    address = client_network(request.client.host if request.client else "")
    quota = await gateway_of(request).limits.count(Policy.WRONG_KEYS, address)
    if quota is not None and quota.is_exceeded:
        raise Problem(ProblemCode.RATE_LIMITED, headers=quota.headers)
