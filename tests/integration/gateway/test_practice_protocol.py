"""Orders of practice papers are leased, fenced, given up and forgotten."""

import asyncio

import pytest
from sqlalchemy import func, text, update

from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.steps.practice_selection import PracticeSelection
from services.report.adapters.typst_pdf import TypstPdf
from shared.contract.practice import PracticeJob, PracticeStep
from shared.db.database import Database
from shared.db.repositories.practice import PracticeLease
from shared.db.tables import practice_papers
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.practice import MAX_CRASHES, PracticeChore
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge
from tests.integration.gateway.orders import LECTURE, work_off
from tests.integration.gateway.pipeline import Pipeline


class VanishingSelection:
    """A worker that takes an order and is never heard of again."""

    step = PracticeStep.SELECTION

    async def load(self, uow: UnitOfWork, job: PracticeJob) -> PracticeJob:
        return job

    async def compute(self, database: Database, job: PracticeJob) -> PracticeJob:
        raise asyncio.CancelledError

    async def save(self, uow: UnitOfWork, lease: PracticeLease, output: object) -> bool:
        raise AssertionError("nothing was made")


async def vanish(database: Database, practice_id: str) -> None:
    with pytest.raises(asyncio.CancelledError):
        await PracticeChore(VanishingSelection()).run_once(database)
    async with database.transaction() as uow:
        # As if the lease had run out.
        await uow.connection.execute(
            update(practice_papers)
            .where(practice_papers.c.id == practice_id)
            .values(lease_until=practice_papers.c.created_at)
        )


async def test_an_order_whose_worker_died_is_made_by_another_with_the_same_items(
    edge: Edge, pipeline: Pipeline, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode(), count=5)
    await vanish(database, ordered.id)
    await work_off(database, blobs, pdf)
    first = await edge.client.practice_items(ordered.id)
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(practice_papers)
            .where(practice_papers.c.id == ordered.id)
            .values(step=PracticeStep.SELECTION, state="pending")
        )
    await work_off(database, blobs, pdf)
    assert await edge.client.practice_items(ordered.id) == first


async def test_an_order_that_ends_its_workers_is_given_up(edge: Edge, database: Database) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode())
    for _ in range(MAX_CRASHES):
        await vanish(database, ordered.id)
    assert await PracticeChore(VanishingSelection()).run_once(database)
    failed = await edge.client.practice(ordered.id)
    assert (failed.state, failed.error_code) == ("failed", "crashed_worker")


class FailingSelection(VanishingSelection):
    """A worker whose engine is away."""

    async def compute(self, database: Database, job: PracticeJob) -> PracticeJob:
        raise ConnectionError


async def test_an_order_that_keeps_failing_is_given_up(edge: Edge, database: Database) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode())
    chore = PracticeChore(FailingSelection(), backoff_seconds=0.001)
    for _ in range(40):
        await chore.run_once(database)
        await asyncio.sleep(0.01)
    failed = await edge.client.practice(ordered.id)
    assert (failed.state, failed.error_code) == ("failed", "attempts_exhausted")


async def test_a_worker_that_lost_its_lease_records_nothing(
    edge: Edge, database: Database, blobs: BlobStore
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode())
    async with database.transaction() as uow:
        lost = await uow.practice_papers.claim(PracticeStep.SELECTION, -1.0)
    async with database.transaction() as uow:
        held = await uow.practice_papers.claim(PracticeStep.SELECTION, 30.0)
    assert lost is not None
    assert held is not None
    assert held.job.id == lost.job.id == ordered.id
    selection = PracticeSelection(blobs, TenantPoints(blobs), lecture_text)
    async with database.transaction() as uow:
        source = await selection.load(uow, lost.job)
    paper = await selection.compute(database, source)
    async with database.transaction() as uow:
        assert not await selection.save(uow, lost, paper)
        assert await selection.save(uow, held, paper)


class EndlessSelection(VanishingSelection):
    """A worker that would go on and on."""

    def __init__(self) -> None:
        self.begun: asyncio.Future[PracticeJob] = asyncio.get_running_loop().create_future()

    async def compute(self, database: Database, job: PracticeJob) -> PracticeJob:
        self.begun.set_result(job)
        await asyncio.sleep(60)
        raise AssertionError("nobody ended it")


async def test_work_on_an_order_that_is_gone_ends_at_the_next_heartbeat(
    edge: Edge, database: Database
) -> None:
    await edge.client.order_practice(lecture=LECTURE.encode())
    endless = EndlessSelection()
    working = asyncio.create_task(PracticeChore(endless, lease_seconds=0.6).run_once(database))
    job = await endless.begun
    async with database.transaction() as uow:
        await uow.practice_papers.delete(job.id, job.tenant_id)
    assert await asyncio.wait_for(working, 10)


async def test_old_orders_of_lectures_are_forgotten_and_open_ones_stay(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    old, recent, unfinished = [
        await edge.client.order_practice(lecture=LECTURE.encode(), count=1) for _ in range(3)
    ]
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(practice_papers)
            .where(practice_papers.c.id.in_([old.id, recent.id]))
            .values(state="failed", completed_at=func.now() - text("interval '1 day'"))
        )
        await uow.connection.execute(
            update(practice_papers)
            .where(practice_papers.c.id == old.id)
            .values(completed_at=func.now() - text("interval '9 days'"))
        )
        forgotten = await uow.practice_papers.forget(7.0, 20)
    assert forgotten == (old.id,)
    assert (await edge.client.practice(recent.id)).state == "failed"
    assert (await edge.client.practice(unfinished.id)).state == "queued"
