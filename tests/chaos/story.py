"""A short run in one process, for trying the checker; no server but PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text

from services.report.webhooks import WebhookDelivery
from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.connection import driver_of
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.relay.retention import forget
from shared.messaging.relay.settings import RelaySettings
from shared.storage.blobs import BlobStore
from shared.webhooks.sender import Outcome
from tests.chaos.customer import Customer, GivenUp, marker_of
from tests.chaos.final_state import FinalState, files_below, read_final_state
from tests.chaos.history import History
from tests.chaos.quick_stages import Work
from tests.chaos.receiver import Received
from tests.integration.jobs import run_once
from tests.small_world import FORGET_EVERYTHING, SmallWorld, http_client

_CALLBACK = "https://school.example/hook"


class EdgeDatabase(Database):
    """The gateway's database: commits of new exams can be unanswered, or be lost unnoticed."""

    is_silent = False
    is_lossy = False

    def __init__(self, database: Database) -> None:
        self._real = database
        self.url, self.application, self.limit = database.url, database.application, database.limit
        self.engine = database.engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        added: list[Exam] = []
        async with self._real.transaction() as uow:
            _note_added(uow, added)
            yield uow
            if added and self.is_lossy:
                await driver_of(uow.connection).execute("ROLLBACK")
        if added and self.is_silent:
            raise ConnectionResetError("the answer to COMMIT did not come")


def _note_added(uow: UnitOfWork, added: list[Exam]) -> None:
    add = uow.exams.add

    async def add_and_note(values: Mapping[str, Any]) -> Exam:
        added.append(await add(values))
        return added[-1]

    uow.exams.add = add_and_note  # type: ignore[method-assign]


class RememberingSender:
    """A Sender that keeps what it would send."""

    def __init__(self) -> None:
        self.received: list[Received] = []

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        self.received.append(Received(headers, body))
        return Outcome(status=200)


@dataclass
class Story:
    """What happened, and who took part."""

    world: SmallWorld
    http: httpx2.AsyncClient
    edge: EdgeDatabase
    history: History = field(default_factory=History)
    sender: RememberingSender = field(default_factory=RememberingSender)

    def customer(self, name: str, **given: Any) -> Customer:
        """Somebody with an exam that completes by itself."""
        return Customer(
            f"steady-{name}",
            self.http,
            self.history,
            patience_seconds=0.0,
            wait_seconds=0,
            **given,
        )

    async def tell(self) -> None:
        """Everything that can be promised is asked for, and the workers do their best."""
        told = [await self._submit(name) for name in ("doubles", "corrects", "erases", "cancels")]
        doubles, corrects, erases, cancels = told
        await doubles.send_exam(key=doubles.key)
        await doubles.send_exam(key=None)
        self.edge.is_silent = True
        unsure = self.customer("unsure")
        await unsure.send_exam(key=unsure.key)
        self.edge.is_silent = False
        await unsure.submit()
        await self._work_off(overtaken=doubles, cancelled=cancels)
        await self._announce()
        await corrects.correct("C")
        await erases.delete()
        await self._work_off()
        await self._announce()
        for customer in (*told, unsure):
            # One that does not end is the checker's to find.
            with suppress(GivenUp):
                await customer.follow()
        await self._forget()

    async def final_state(self, blobs: Path, logs: Path) -> FinalState:
        """All that is left."""
        erased = "steady-erases"
        return await read_final_state(
            self.world.database.url,
            files_below(blobs),
            self.sender.received,
            traces_of={erased: (erased, marker_of(erased))},
            folders=(logs,),
        )

    async def _submit(self, name: str) -> Customer:
        customer = self.customer(name, callback_url=_CALLBACK)
        await customer.submit()
        return customer

    async def _work_off(
        self, overtaken: Customer | None = None, cancelled: Customer | None = None
    ) -> None:
        waiting = await self.world.publish()
        while waiting:
            for task in waiting:
                if overtaken is not None and _is(task, overtaken, Stage.PARSING):
                    await self._overtake(task)
                elif cancelled is not None and _is(task, cancelled, Stage.PARSING):
                    await self._cancel_at_work(task, cancelled)
                else:
                    await self.world.work(task)
            await self.world.reap()
            waiting = await self.world.publish()

    async def _overtake(self, task: StageTask) -> None:
        """A worker stands still, another one does its task, then the first one goes on."""

        async def be_overtaken(_: Work) -> None:
            await self.execute("UPDATE stage_tasks SET lease_until = clock_timestamp()")
            await self.world.work(task)

        await self.world.work(task, be_overtaken)

    async def _cancel_at_work(self, task: StageTask, customer: Customer) -> None:
        async def be_cancelled(_: Work) -> None:
            await customer.cancel()

        await self.world.work(task, be_cancelled)

    async def _announce(self) -> None:
        await run_once(self.world.database, WebhookDelivery(self.sender))

    async def _forget(self) -> None:
        await self.execute("UPDATE erasures SET due_at = '-infinity'")
        settings = RelaySettings(DATABASE_URL=self.world.database.url)
        await forget(self.world.database, self.world.blobs, settings, asyncio.Event())

    async def execute(self, statement: str) -> None:
        """One statement, such as lets time pass."""
        async with self.world.database.transaction() as uow:
            await uow.connection.execute(text(statement))


def _is(task: StageTask, customer: Customer, stage: Stage) -> bool:
    return task.stage is stage and task.exam_id == customer.exam_id


@asynccontextmanager
async def a_stage(
    database: Database, blobs: BlobStore, token: str
) -> AsyncIterator[Callable[[], Awaitable[Story]]]:
    """What a story needs. Each begins with nothing in the database."""
    world, edge = SmallWorld(database, blobs), EdgeDatabase(database)
    await world.prepare()

    async def begin() -> Story:
        edge.is_silent = False
        story = Story(world, http, edge)
        for statement in FORGET_EVERYTHING:
            await story.execute(statement)
        return story

    async with http_client(edge, blobs, token) as http:
        yield begin
    world.close()
