"""A task's way through relay and worker at whose every call a server fails, in every manner."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from services.report.webhooks import WebhookDelivery
from shared.contract.exams import Exam, Upload
from shared.contract.failures import Language
from shared.contract.stages import SPECS, Priority, Stage, Status
from shared.db.database import DATABASE_ERRORS, Database
from shared.messaging.relay.retention import forget
from shared.messaging.relay.settings import RelaySettings
from shared.messaging.task_creation import enqueue
from shared.storage.blobs import BlobStore
from shared.storage.failure import BlobStoreError
from shared.webhooks.sender import Outcome
from tests.chaos.customer import upload_of
from tests.chaos.final_state import sha256_of
from tests.chaos.quick_stages import digest_of, pages_of, report_of
from tests.failure_points import FailurePoint, FaultyBlobs, FaultyBroker, FaultyDatabase, Manner
from tests.integration.jobs import run_once
from tests.small_world import FORGET_EVERYTHING, SmallWorld, message_tasks

#: Above the number of calls that any of these ways makes.
MOST_CALLS = 40
#: A student whose exam has one page, so that its one page is the last one.
STUDENT = "steady-doubles"
CALLBACK = "https://school.example/hook"


@pytest_asyncio.fixture
async def own_database(own_database_url: str) -> AsyncIterator[Database]:
    opened = Database(own_database_url, size=5, application="test")
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def world(own_database: Database, blobs: BlobStore) -> AsyncIterator[SmallWorld]:
    assert pages_of(STUDENT) == 1
    made = SmallWorld(own_database, blobs)
    await made.prepare()
    await execute(made, *FORGET_EVERYTHING)
    yield made
    made.close()


async def execute(world: SmallWorld, *statements: str) -> None:
    async with world.database.transaction() as uow:
        for statement in statements:
            await uow.connection.execute(text(statement))


async def new_exam(world: SmallWorld) -> Exam:
    content, exam_id = upload_of(STUDENT), str(uuid4())
    key = f"exams/{exam_id}/uploads/0"
    await world.blobs.write(key, content)
    async with world.database.transaction() as uow:
        exam = await uow.exams.add(
            {
                "id": exam_id,
                "tenant_id": await uow.tenants.ensure("failure points"),
                "priority": Priority.NORMAL,
                "language": Language.EN,
                "student_ref": STUDENT,
                "callback_url": CALLBACK,
            }
        )
        upload = Upload(
            ordinal=0,
            blob_key=key,
            media_type="image/png",
            size_bytes=len(content),
            sha256=sha256_of(content),
        )
        await uow.uploads.add(exam.id, [upload])
        await enqueue(uow, exam, Stage.INGEST)
    return exam


async def exam_at(world: SmallWorld, stage: Stage) -> Exam:
    """An exam whose next task is of ``stage``, its message not yet published."""
    exam = await new_exam(world)
    for earlier in SPECS:
        if earlier is stage:
            break
        for task in await world.publish():
            await world.work(task)
    return exam


async def ended_exam(world: SmallWorld) -> Exam:
    exam = await new_exam(world)
    async with world.database.transaction() as uow:
        return await uow.exams.move(exam, Status.CANCELLED)


async def is_finished_exactly_once(world: SmallWorld, exam: Exam) -> None:
    async with world.database.transaction() as uow:
        found = await uow.exams.get(exam.id)
        (report,) = await uow.artefacts.list(exam.id, 1)
        events = await uow.exams.events_after(exam.id, 0)
        effects = await uow.connection.execute(
            text("SELECT stage, page FROM chaos_effects WHERE exam_id = :id"), {"id": exam.id}
        )
        made = sorted(tuple(row) for row in effects)
        attempts = await uow.connection.execute(
            text("SELECT max(attempt - crashes) FROM stage_tasks WHERE exam_id = :id"),
            {"id": exam.id},
        )
        used = attempts.scalar_one()
    assert found.status is Status.COMPLETED
    assert made == sorted((stage, int(SPECS[stage].is_per_page)) for stage in SPECS)
    content = report_of(digest_of([sha256_of(upload_of(STUDENT))]), ("A", "A"))
    assert await world.blobs.read(report.blob_key) == content
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    # That a server was away is no fault of the exam.
    assert used == 1


async def for_every_call(point: FailurePoint, attempt: Callable[[], Awaitable[None]]) -> int:
    """Make ``attempt`` with another call failing each time; returns how many there are."""
    for number in range(1, MOST_CALLS):
        point.number, point.calls = number, 0
        await attempt()
        if not point.was_reached:
            return number - 1
    pytest.fail("more calls than expected")


@pytest.mark.parametrize(
    ("stage", "manner", "lasting"),
    [
        *((Stage.INGEST, manner, 1) for manner in Manner),
        # Longer than the worker's own attempt to write down what became of it.
        (Stage.INGEST, Manner.BEFORE, 2),
        # The last page hands over, a report writes files, the completion ends the exam.
        *((stage, Manner.UNANSWERED, 1) for stage in (Stage.OCR, Stage.REPORT, Stage.COMPLETION)),
    ],
)
async def test_a_task_is_done_exactly_once_wherever_its_way_was_interrupted(
    world: SmallWorld, stage: Stage, manner: Manner, lasting: int
) -> None:
    point = FailurePoint(manner=manner, lasting=lasting)
    faulty = SmallWorld(
        FaultyDatabase(world.database, point),
        FaultyBlobs(world.blobs, point),
        FaultyBroker(point),
    )

    async def be_interrupted() -> None:
        number, point.number = point.number, None
        exam = await exam_at(world, stage)
        point.number, point.calls = number, 0
        await go_the_way(faulty, stage)
        await world.let_time_pass()
        await world.settle()
        await is_finished_exactly_once(world, exam)

    assert await for_every_call(point, be_interrupted) >= 4
    faulty.close()


async def go_the_way(faulty: SmallWorld, stage: Stage) -> None:
    """Publish and work once; a message whose worker raised is delivered to it again."""
    worker = faulty.worker(stage)
    await ended(faulty.publisher.publish_due())
    for task in message_tasks(faulty.broker):
        for _ in range(3):
            if await ended(worker.run(task)):
                break


async def ended(work: Awaitable[object]) -> bool:
    """Whether ``work`` came to its end, and no server's failure ended it."""
    try:
        await work
    except (*DATABASE_ERRORS, BlobStoreError):
        return False
    return True


class CountingSender:
    """A receiver that takes everything."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        self.taken.append(headers["webhook-id"])
        return Outcome(status=200)


@pytest.mark.parametrize("manner", list(Manner))
async def test_an_end_is_announced_wherever_the_announcement_was_interrupted(
    world: SmallWorld, manner: Manner
) -> None:
    point = FailurePoint(manner=manner)
    faulty = FaultyDatabase(world.database, point)

    async def be_interrupted() -> None:
        number, point.number = point.number, None
        exam = await ended_exam(world)
        point.number, point.calls = number, 0
        sender = CountingSender()
        for database in (faulty, world.database):
            with suppress(*DATABASE_ERRORS):
                await run_once(database, WebhookDelivery(sender))
            await world.let_time_pass()
            await world.reap()
            await world.let_time_pass()
        async with world.database.transaction() as uow:
            made = await uow.webhooks.list(exam.tenant_id, limit=100, exam_id=exam.id)
        assert [delivery.state for delivery in made] == ["delivered"]
        # At least once, and every time as the same message.
        assert set(sender.taken) == {f"msg_{made[0].id}"}

    assert await for_every_call(point, be_interrupted) >= 3


@pytest.mark.parametrize("manner", list(Manner))
async def test_files_are_erased_wherever_the_relay_was_interrupted(
    world: SmallWorld, manner: Manner
) -> None:
    point = FailurePoint(manner=manner)
    faulty, blobs = FaultyDatabase(world.database, point), FaultyBlobs(world.blobs, point)
    settings = RelaySettings(DATABASE_URL=world.database.url, exam_retention_days=1e-9)

    async def be_interrupted() -> None:
        number, point.number = point.number, None
        exam = await ended_exam(world)
        point.number, point.calls = number, 0
        never = asyncio.Event()
        await ended(forget(faulty, blobs, settings, never))
        await world.let_time_pass()
        await forget(world.database, world.blobs, settings, never)
        async with world.database.transaction() as uow:
            assert await uow.exams.find(exam.id) is None
            assert await uow.retention.due_erasures(100) == ()
        assert exam.id not in await world.blobs.folders("exams/")

    assert await for_every_call(point, be_interrupted) >= 4
