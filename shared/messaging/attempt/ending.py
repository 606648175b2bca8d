"""How every attempt ends: with an outcome, or by one of five ways of bringing none."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from shared.contract.failures import PermanentFailure
from shared.messaging.attempt.hindrance import is_hindrance
from shared.messaging.attempt.lease import LeaseLost
from shared.messaging.attempt.outcome import Outcome
from shared.observability import metrics
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Endings:
    """What is written down when an attempt brings no output."""

    #: The heartbeat found the lease lost, or the work unwanted.
    stop: Callable[[LeaseLost], Awaitable[Outcome]]
    #: The input is bad.
    reject: Callable[[PermanentFailure], Awaitable[Outcome]]
    #: The process is asked to stop.
    hand_back: Callable[[], Awaitable[Any]]
    #: Something that is no fault of the work is in the way.
    suspend: Callable[[], Awaitable[Outcome]]
    #: Anything else.
    postpone: Callable[[Exception], Awaitable[Outcome]]


async def attempted(
    work: Awaitable[ResultT], endings: Endings, *, kind: str, attempt: int
) -> ResultT | Outcome:
    """What ``work`` brings, or the outcome of the ending that fits what it raised.

    Raises CancelledError after the work was handed back, and what an ending raises.
    """
    try:
        return await work
    except LeaseLost as lost:
        return await endings.stop(lost)
    except PermanentFailure as failure:
        return await endings.reject(failure)
    except asyncio.CancelledError:
        await endings.hand_back()
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is counted and retried
        if is_hindrance(error):
            log.warning("stage.hindered", error=error_site(error), attempt=attempt)
            metrics.TASKS_HINDERED.labels(kind).inc()
            return await endings.suspend()
        log.warning("stage.failed", error=error_site(error), attempt=attempt)
        return await endings.postpone(error)
