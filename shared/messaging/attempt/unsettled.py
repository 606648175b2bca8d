"""Leases whose end could not be written down, because the database was away."""

from collections.abc import Awaitable, Callable

from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork

#: Gives a lease back, or takes the crash back that its loss was counted as.
GiveBack = Callable[[UnitOfWork], Awaitable[None]]


class UnsettledLeases:
    """Leases that PostgreSQL takes for held, although this process works on them no more.

    Unless they are given back, each would be counted as a crash of a worker that is alive.
    """

    def __init__(self) -> None:
        self._leases: list[GiveBack] = []

    def add(self, give_back: GiveBack) -> None:
        """Remember to give a lease back."""
        self._leases.append(give_back)

    async def settle(self, database: Database) -> None:
        """Give everything back; raises what the database raises when it is still away."""
        while self._leases:
            give_back = self._leases[-1]
            async with database.transaction() as uow:
                await give_back(uow)
            if give_back in self._leases:
                self._leases.remove(give_back)
