"""Refusing new work while too much waits."""

from services.gateway.domain.access.keys import Caller
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Gateway
from shared.contract.api.problem_codes import ProblemCode

_RETRY_AFTER_SECONDS = "30"


async def refuse_when_full(parts: Gateway, caller: Caller) -> None:
    """Raise Problem ``overloaded`` while too much work waits, and enough of it is the caller's."""
    if await parts.backlog.is_full(caller.tenant_id):
        raise Problem(ProblemCode.OVERLOADED, headers={"Retry-After": _RETRY_AFTER_SECONDS})
