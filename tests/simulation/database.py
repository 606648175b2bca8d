"""A Database on the model of PostgreSQL, as a process has it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from shared.db.database import Database
from shared.db.trouble import ServerAway
from shared.db.unit_of_work import UnitOfWork
from tests.simulation.exam_rows import (
    ModelAudit,
    ModelDeadLetters,
    ModelExams,
    ModelIdentities,
    ModelPages,
    ModelPageTexts,
    ModelRuns,
    ModelUploads,
)
from tests.simulation.life_rows import ModelIdempotencyKeys, ModelStageLife
from tests.simulation.outbox_rows import ModelOutbox
from tests.simulation.server import Client, ModelServer, Transaction
from tests.simulation.task_rows import ModelTasks

_REPOSITORIES: dict[str, Callable[[Transaction], Any]] = {
    "exams": ModelExams,
    "uploads": ModelUploads,
    "audit": ModelAudit,
    "identities": ModelIdentities,
    "idempotency": ModelIdempotencyKeys,
    "pages": ModelPages,
    "page_texts": ModelPageTexts,
    "dead_letters": ModelDeadLetters,
    "runs": ModelRuns,
    "stage_life": ModelStageLife,
    "tasks": ModelTasks,
    "outbox": ModelOutbox,
}


class ModelUnitOfWork(UnitOfWork):
    """The repositories that are modelled. Any other one finds no connection."""

    def __init__(self, tx: Transaction) -> None:
        self.connection = None  # type: ignore[assignment]
        self.tx = tx

    def __getattribute__(self, name: str) -> Any:
        make = _REPOSITORIES.get(name)
        if make is None:
            return super().__getattribute__(name)
        made = self.__dict__
        if name not in made:
            made[name] = make(self.tx)
        return made[name]


class ModelDatabase(Database):
    """The connections of one ``client`` to the model."""

    def __init__(self, server: ModelServer, client: Client) -> None:
        self.server, self._client = server, client
        self.url, self.application, self.limit = "model", "model", 100
        self.open: dict[Transaction, None] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        tx = Transaction(self.server, self._client)
        self.open[tx] = None
        try:
            yield ModelUnitOfWork(tx)
            await self._client.send()
            tx.commit()
            await self._client.answer()
        except OSError as error:
            raise ServerAway from error
        finally:
            self.open.pop(tx, None)
            tx.roll_back()

    single_statement = transaction

    def cut(self) -> None:
        """Every connection ends; the server rolls back what was open on them."""
        for tx in list(self.open):
            tx.roll_back()
        self.open.clear()

    async def close(self) -> None:
        """End every connection."""
        await asyncio.sleep(0)
        self.cut()
