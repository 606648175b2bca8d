"""Protections of the protocol, taken out one at a time, to show that the simulation would notice.

Where a protection is Python it is taken out of the real code. Where it is a condition in SQL it is
taken out of the model, which the contract test holds to the SQL.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from shared.messaging.attempt import lease
from shared.messaging.relay import publisher, reaper
from tests.simulation import gateway
from tests.simulation.life_rows import ModelIdempotencyKeys, ModelStageLife
from tests.simulation.task_rows import ModelTasks


async def _never_beat(*_: Any) -> None:
    await asyncio.Event().wait()


async def _publish_unseen(self: publisher.Publisher, rows: Any) -> None:
    """Marks the rows as published, whatever the broker says."""
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(self._thread, self._send_all, rows)
    self._confirmed = [row.id for row in rows]


async def _redrive_nothing(*_: Any) -> int:
    return 0


async def _find_nothing(*_: Any) -> tuple[Any, ...]:
    return ()


async def _hold_for_everybody(self: Any, tenant: str, key: str, seconds: float) -> str:
    """Every request gets the key, as if it were the first."""
    holder: str = self._tx.server.new_token()
    await self._tx.lock("idempotency_keys", (tenant, key))
    fresh = {
        "holder": holder,
        "held_until": self._tx.server.now(),
        "fingerprint": None,
        "answer": None,
        "created_at": self._tx.server.now(),
    }
    self._tx.put("idempotency_keys", (tenant, key), fresh)
    return holder


async def _cancel_and_forget(*_: Any, **__: Any) -> None:
    """The cancel is promised, and not written down."""


def _always(*_: Any) -> bool:
    return True


#: By name: what is replaced, and by what.
MUTATIONS: dict[str, Callable[[], Any]] = {
    "fence off": lambda: patch.object(ModelStageLife, "is_held", staticmethod(_always)),
    "lease not renewed": lambda: patch.object(lease, "_beat", _never_beat),
    "outbox row marked before confirm": lambda: patch.object(
        publisher.Publisher, "_publish", _publish_unseen
    ),
    "compare-and-set of the claim dropped": lambda: patch.object(
        ModelStageLife, "is_free", staticmethod(_always)
    ),
    "re-drive lost": lambda: patch.object(reaper, "_redrive", _redrive_nothing),
    "expired leases kept": lambda: patch.object(ModelTasks, "expired", _find_nothing),
    "idempotency key held by everybody": lambda: patch.object(
        ModelIdempotencyKeys, "take", _hold_for_everybody
    ),
    "cancel forgotten": lambda: patch.object(gateway, "cancel", _cancel_and_forget),
}


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """Without the protection ``name``."""
    with MUTATIONS[name]():
        yield
