"""A task that a worker has taken."""

from dataclasses import dataclass
from typing import Any

from shared.contract.messages import StageTask
from shared.db.repositories.stage_life import Lease
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.pipeline_stage import PipelineStage

#: The input of a task that is still to be loaded.
NOT_LOADED = object()


@dataclass(frozen=True, slots=True)
class Taken:
    """A task, the lease on it, and its input if it was loaded in the same transaction."""

    stage: PipelineStage
    task: StageTask
    lease: Lease
    work: Any = NOT_LOADED


class NotLoaded(Exception):
    """The input could not be loaded, so the transaction that it was part of has to be repeated.

    This time without it: a failure to load is counted, and only a committed claim counts.
    """


async def load_now(uow: UnitOfWork, stage: PipelineStage, task: StageTask) -> Any:
    """The input of ``task``, loaded in a transaction with more in it. Raises NotLoaded."""
    try:
        return await stage.load(uow, task)
    except Exception as error:
        raise NotLoaded from error
