"""Taking a task as a worker does, and letting it go, without a worker."""

from shared.contract.messages import StageTask
from shared.db.repositories.stage_life import Lease
from shared.db.unit_of_work import UnitOfWork


async def claim(uow: UnitOfWork, task: StageTask, lease_seconds: float) -> Lease | None:
    """The lease on ``task``, or None when it cannot be taken."""
    found = await uow.stage_life.claim(task, lease_seconds)
    return None if found is None else found.lease


async def finish(uow: UnitOfWork, task: StageTask, lease: Lease) -> bool:
    """Whether ``task`` could be finished with ``lease``."""
    found = await uow.stage_life.finish(task, lease.token, 0.1)
    return found is not None and found.is_finished
