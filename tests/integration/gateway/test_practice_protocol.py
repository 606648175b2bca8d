"""Orders of practice papers are leased, fenced, cancelled, retried, given up and forgotten."""

import asyncio

import pytest
from sqlalchemy import func, text, update
from typer.testing import CliRunner

from examlens.cli import app
from examlens.client import ExamLensError
from examlens.commands import session
from examlens.commands.session import Exit
from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.steps.practice_selection import PracticeSelection
from services.gateway.domain.access.keys import Scope
from services.report.adapters.typst_pdf import TypstPdf
from shared.contract.failures import FailureCode
from shared.contract.jobs import JOB_SPECS, Job, JobKind, JobMessage
from shared.contract.practice import PracticeStep
from shared.db.database import Database
from shared.db.repositories.jobs import JobLease
from shared.db.tables import practice_papers
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.outcome import Outcome
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.orders import LECTURE, work_off
from tests.integration.gateway.pipeline import Pipeline
from tests.integration.gateway.test_access import bearer
from tests.integration.jobs import let_leases_run_out, pass_time, pending, run_once, runner_of

MAX_ATTEMPTS = JOB_SPECS[JobKind.PRACTICE_SELECTION].max_attempts
MAX_CRASHES = JOB_SPECS[JobKind.PRACTICE_SELECTION].max_crashes


class FailingSelection:
    """A worker whose engine is away."""

    kind = JobKind.PRACTICE_SELECTION

    async def load(self, uow: UnitOfWork, job: Job) -> Job:
        return job

    async def compute(self, database: Database, job: Job) -> Job:
        raise ConnectionError

    async def save(self, uow: UnitOfWork, lease: JobLease, output: object) -> bool:
        raise AssertionError("nothing was made")

    async def postpone(self, uow: UnitOfWork, lease: JobLease, *_: object) -> None:
        return None

    async def give_up(
        self, uow: UnitOfWork, lease: JobLease, code: FailureCode, *_: object
    ) -> None:
        await uow.practice_papers.fail(lease.job.subject_id, code)


async def vanish(database: Database, practice_id: str) -> None:
    """A worker takes the order and is never heard of again."""
    (job_id,) = await pending(database, JobKind.PRACTICE_SELECTION, practice_id)
    async with database.transaction() as uow:
        lease = await uow.jobs.claim(JobKind.PRACTICE_SELECTION, job_id, 30.0)
        assert lease is not None
        # It does nothing else, so whatever ends it is its own doing.
        assert await uow.jobs.tell_alone(lease)
    await let_leases_run_out(database)
    async with database.transaction() as uow:
        await uow.job_dispatch.expired(10)


def selection_of(blobs: BlobStore) -> PracticeSelection:
    return PracticeSelection(blobs, TenantPoints(blobs), lecture_text)


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
        job = await uow.practice_papers.find(ordered.id)
        assert job is not None
        await uow.practice_papers.enqueue(job)
    await work_off(database, blobs, pdf)
    assert await edge.client.practice_items(ordered.id) == first


async def test_an_order_that_ends_its_workers_is_given_up(edge: Edge, database: Database) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode())
    for _ in range(MAX_CRASHES):
        await vanish(database, ordered.id)
    assert await run_once(database, FailingSelection(), ordered.id) == [Outcome.REJECTED]
    failed = await edge.client.practice(ordered.id)
    assert (failed.state, failed.error_code) == ("failed", "crashed_worker")
    assert ordered.id in {str(job.subject_id) for job in (await edge.client.dead_letters()).jobs}


async def fail_for_good(edge: Edge, database: Database, practice_id: str) -> None:
    for _ in range(MAX_ATTEMPTS):
        await run_once(database, FailingSelection(), practice_id)
        await pass_time(database)


async def test_an_order_that_keeps_failing_is_given_up_and_can_be_retried(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode(), count=2)
    await fail_for_good(edge, database, ordered.id)
    failed = await edge.client.practice(ordered.id)
    assert (failed.state, failed.error_code) == ("failed", "attempts_exhausted")
    assert (failed.progress, failed.queue_position, failed.estimated_remaining_time) == (0, None, 0)
    retried = await edge.client.retry_practice(ordered.id)
    assert (retried.state, retried.error_code, retried.queue_position) == ("queued", None, 1)
    # What died is not dead any more.
    assert not (await edge.client.dead_letters()).jobs
    await work_off(database, blobs, pdf)
    ready = await edge.client.practice(ordered.id)
    assert (ready.state, ready.progress) == ("ready", 100)


async def test_a_dead_order_is_replayed_by_its_tenant_only(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf, new_key: NewKey
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode(), count=2)
    await fail_for_good(edge, database, ordered.id)
    (dead,) = (await edge.client.dead_letters()).jobs
    assert (dead.queue, str(dead.subject_id)) == ("practice", ordered.id)
    assert (dead.code, dead.attempts) == ("attempts_exhausted", MAX_ATTEMPTS)
    assert dead.error.startswith("ConnectionError at test_practice_protocol.py")
    stranger = bearer(await new_key(tenant="a school of strangers"))
    path = f"/dead-letters/jobs/{dead.id}/replay"
    assert (await edge.http.post(path, headers=stranger)).status_code == 404
    assert (await edge.client.replay_dead_job(str(dead.id))).kind is JobKind.PRACTICE_SELECTION
    with pytest.raises(ExamLensError) as twice:
        await edge.client.replay_dead_job(str(dead.id))
    assert twice.value.status == 404
    await work_off(database, blobs, pdf)
    assert (await edge.client.practice(ordered.id)).state == "ready"


async def test_the_command_line_lists_replays_and_discards_dead_jobs(
    edge: Edge, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [await edge.client.order_practice(lecture=LECTURE.encode()) for _ in range(2)]
    for order in orders:
        await fail_for_good(edge, database, order.id)
    found = {str(job.subject_id): str(job.id) for job in (await edge.client.dead_letters()).jobs}
    replayed, discarded = (found[order.id] for order in orders)
    monkeypatch.setenv("DATABASE_URL", database.url)
    # Read when the console is made, which another test may have had done.
    monkeypatch.setattr(session.console, "_width", 300)

    async def run(*arguments: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["dead-letters", *arguments])
        return result.exit_code, result.output

    overview = await asyncio.to_thread(CliRunner().invoke, app, ["queues"])
    (line,) = [row for row in overview.output.splitlines() if "practice_selection" in row]
    assert int(line.split("│")[6]) >= 2
    code, listed = await run("list")
    assert code == Exit.OK
    assert replayed in listed
    assert "practice_selection" in listed
    assert orders[0].id in (await run("show", replayed))[1]
    assert await run("replay", replayed) == (
        Exit.OK,
        f"practice_selection of {orders[0].id} begins anew\n",
    )
    assert (await run("discard", discarded))[0] == Exit.OK
    for gone in (replayed, discarded, "nonsense"):
        assert (await run("replay", gone))[0] == Exit.REFUSED
    states = [(await edge.client.practice(order.id)).state for order in orders]
    assert states == ["queued", "failed"]
    # What was discarded may still be retried by whoever ordered it.
    assert (await edge.client.retry_practice(orders[1].id)).state == "queued"


async def test_a_cancelled_order_is_worked_on_no_more_until_it_is_retried(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode(), count=2)
    await run_once(database, selection_of(blobs), ordered.id)
    cancelled = await edge.client.cancel_practice(ordered.id)
    assert (cancelled.state, cancelled.progress) == ("cancelled", 50)
    assert cancelled.completed_at is not None
    await work_off(database, blobs, pdf)
    assert (await edge.client.practice(ordered.id)).state == "cancelled"
    with pytest.raises(ExamLensError) as refused:
        await edge.client.practice_file(ordered.id)
    assert (refused.value.status, refused.value.code) == (409, "practice_cancelled")
    with pytest.raises(ExamLensError) as twice:
        await edge.client.cancel_practice(ordered.id)
    assert (twice.value.status, twice.value.code) == (409, "conflict")
    items = await edge.client.practice_items(ordered.id)
    await edge.client.retry_practice(ordered.id)
    await work_off(database, blobs, pdf)
    assert (await edge.client.practice(ordered.id)).state == "ready"
    # What had been chosen was kept.
    assert await edge.client.practice_items(ordered.id) == items


async def test_an_order_that_is_ready_can_be_neither_cancelled_nor_retried(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode(), count=1)
    await work_off(database, blobs, pdf)
    for ask, code in (
        (edge.client.cancel_practice, "conflict"),
        (edge.client.retry_practice, "not_retryable"),
    ):
        with pytest.raises(ExamLensError) as refused:
            await ask(ordered.id)
        assert (refused.value.status, refused.value.code) == (409, code)


async def test_orders_stand_in_line_by_their_priority(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    await work_off(database, blobs, pdf)
    first = await edge.client.order_practice(lecture=LECTURE.encode(), count=1, priority="low")
    second = await edge.client.order_practice(lecture=LECTURE.encode(), count=1)
    third = await edge.client.order_practice(lecture=LECTURE.encode(), count=1, priority="urgent")
    found = [await edge.client.practice(order.id) for order in (first, second, third)]
    assert [order.queue_position for order in found] == [3, 2, 1]
    assert [order.priority for order in found] == ["low", "normal", "urgent"]
    remaining = [order.estimated_remaining_time for order in found]
    assert remaining == sorted(remaining, reverse=True)
    assert remaining[-1] > 0


async def test_only_a_key_that_may_overtake_others_orders_urgently(
    edge: Edge, new_key: NewKey
) -> None:
    token = await new_key(Scope.SUBMIT, Scope.READ)
    response = await edge.http.post(
        "/practice-papers",
        headers=bearer(token),
        files={"files": ("lecture.txt", LECTURE.encode(), "text/plain")},
        data={"priority": "urgent"},
    )
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")


async def test_a_worker_that_lost_its_lease_records_nothing(
    edge: Edge, database: Database, blobs: BlobStore
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode())
    (job_id,) = await pending(database, JobKind.PRACTICE_SELECTION, ordered.id)

    class Robbed(PracticeSelection):
        async def compute(self, database: Database, source: object) -> object:
            await let_leases_run_out(database)
            async with database.transaction() as uow:
                assert await uow.jobs.claim(self.kind, job_id, 30.0)
            return await super().compute(database, source)

    robbed = Robbed(blobs, TenantPoints(blobs), lecture_text)
    message = JobMessage(id=job_id, kind=robbed.kind)
    assert await runner_of(database, robbed).run(message) is Outcome.FENCED
    found = await edge.client.practice(ordered.id)
    assert (found.state, found.items) == ("selecting", None)


class EndlessSelection(FailingSelection):
    """A worker that would go on and on."""

    def __init__(self) -> None:
        self.begun: asyncio.Future[Job] = asyncio.get_running_loop().create_future()

    async def compute(self, database: Database, job: Job) -> Job:
        self.begun.set_result(job)
        await asyncio.sleep(60)
        raise AssertionError("nobody ended it")


@pytest.mark.parametrize("end", ["cancel_practice", "delete_practice"])
async def test_work_on_an_order_that_nobody_wants_ends_at_the_next_heartbeat(
    edge: Edge, database: Database, end: str
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode())
    (job_id,) = await pending(database, JobKind.PRACTICE_SELECTION, ordered.id)
    endless = EndlessSelection()
    runner = runner_of(database, endless, lease_seconds=0.6)
    working = asyncio.create_task(runner.run(JobMessage(id=job_id, kind=endless.kind)))
    await endless.begun
    assert (await edge.client.practice(ordered.id)).queue_position == 0
    await getattr(edge.client, end)(ordered.id)
    assert await asyncio.wait_for(working, 10) is Outcome.FENCED


async def test_a_process_that_is_stopped_hands_its_order_back_at_no_cost(
    edge: Edge, database: Database, blobs: BlobStore, pdf: TypstPdf
) -> None:
    ordered = await edge.client.order_practice(lecture=LECTURE.encode(), count=1)
    (job_id,) = await pending(database, JobKind.PRACTICE_SELECTION, ordered.id)
    endless = EndlessSelection()
    message = JobMessage(id=job_id, kind=endless.kind)
    working = asyncio.create_task(runner_of(database, endless).run(message))
    await endless.begun
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    async with database.transaction() as uow:
        lease = await uow.jobs.claim(endless.kind, job_id, 30.0)
    assert lease is not None
    assert (lease.attempt, lease.crashes) == (1, 0)


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
