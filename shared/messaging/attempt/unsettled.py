"""Leases whose end could not be written down, because the database was away."""

from shared.contract.messages import StageTask
from shared.db.database import Database
from shared.db.repositories.stage_life import Lease


class UnsettledLeases:
    """Leases that PostgreSQL takes for held, although this process works on them no more.

    Unless they are given back, each would be counted as a crash of a worker that is alive.
    """

    def __init__(self) -> None:
        self._leases: list[tuple[StageTask, Lease, bool]] = []

    def add(self, task: StageTask, lease: Lease, *, is_attempt_counted: bool) -> None:
        """Remember to give ``lease`` back."""
        self._leases.append((task, lease, is_attempt_counted))

    async def settle(self, database: Database) -> None:
        """Give everything back; raises what the database raises when it is still away."""
        while self._leases:
            unsettled = self._leases[-1]
            task, lease, is_counted = unsettled
            async with database.transaction() as uow:
                if await uow.tasks.release(
                    task, lease.token, delay_seconds=0.0, is_attempt_counted=is_counted
                ):
                    await uow.outbox.add_again(task)
                else:
                    await uow.tasks.absolve(task, is_attempt_counted=is_counted)
            if unsettled in self._leases:
                self._leases.remove(unsettled)
