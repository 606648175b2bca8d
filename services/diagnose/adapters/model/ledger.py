"""Where the day's cost is kept, for all processes together."""

from typing import Protocol

from shared.contract.model_usage import ModelUsage
from shared.db.database import Database


class SpendLedger(Protocol):
    """The cost of this day (UTC)."""

    async def today(self) -> float:
        """The cost so far."""
        ...

    async def add(self, usage: ModelUsage) -> None:
        """Add what was used."""
        ...


class PostgresLedger:
    """A row per day, in transactions that end before anybody waits for a model."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def today(self) -> float:
        """The cost so far."""
        async with self._database.transaction() as uow:
            return await uow.model_spend.today()

    async def add(self, usage: ModelUsage) -> None:
        """Add what was used."""
        async with self._database.transaction() as uow:
            await uow.model_spend.add(usage)
