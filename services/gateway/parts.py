"""The parts of a gateway process, built once in the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.gateway.adapters.access.key_ring import KeyRing
from services.gateway.adapters.access.rate_limits import RateLimits
from services.gateway.adapters.live.backlog import Backlog
from services.gateway.adapters.live.exam_changes import ExamChanges
from services.gateway.adapters.live.forecasts import Forecasts
from services.gateway.adapters.live.readiness import Readiness
from services.gateway.settings import GatewaySettings
from shared.db.database import Database
from shared.db.status_reader import StatusReader
from shared.observability.health import Check
from shared.storage.blobs import BlobStore

#: The token of this installation's own key, where its browser needs none; see pages/sign_in.py.
LocalKey = Callable[[], str | None]


def no_local_key() -> None:
    """Nobody is let in without a key: where a gateway serves others than this machine."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What this process consists of."""

    settings: GatewaySettings
    database: Database
    blobs: BlobStore
    keys: KeyRing
    changes: ExamChanges
    readiness: Readiness
    is_alive: Check
    limits: RateLimits
    backlog: Backlog
    forecasts: Forecasts
    statuses: StatusReader
    local_key: LocalKey


def gateway_of(request: Request) -> Gateway:
    """The parts of the process that serves ``request``."""
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _parts_of(request: Request) -> Gateway:
    # A coroutine, because the framework runs a plain function in a thread, which costs more.
    return gateway_of(request)


#: A route's parameter that receives the parts.
Parts = Annotated[Gateway, Depends(_parts_of)]
