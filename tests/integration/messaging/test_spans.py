"""Whatever happens to a task, its spans stay in the trace of the request that caused it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import func, select, update

from shared.contract.messages import StageTask
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.db.repositories.outbox import DispatchRules
from shared.db.tables import outbox, stage_tasks
from shared.messaging.spans import outbox_span
from shared.messaging.stage_runner import Outcome, StageRunner
from shared.observability import tracing
from tests.integration.messaging.conftest import NewExam, ScriptedStage, settle
from tests.leases import claim

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"
SECRET = "velvetlantern"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], tuple[ReadableSpan, ...]]]:
    """Spans that ended during the test, without a provider for the whole process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    yield exporter.get_finished_spans
    provider.shutdown()


async def last_message(database: Database, exam_id: str) -> StageTask:
    async with database.transaction() as uow:
        query = (
            select(outbox.c.message)
            .where(outbox.c.exam_id == exam_id)
            .order_by(outbox.c.id.desc())
            .limit(1)
        )
        return StageTask.model_validate((await uow.connection.execute(query)).scalar_one())


async def failing(_: StageTask) -> None:
    raise ConnectionError(SECRET)


def named(spans: tuple[ReadableSpan, ...], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]


async def test_a_repeated_attempt_links_to_the_one_that_failed(
    database: Database,
    new_exam: NewExam,
    run_stage: Callable[..., StageRunner],
    recorded: Callable[[], tuple[ReadableSpan, ...]],
) -> None:
    exam = await new_exam()
    task = StageTask(exam_id=exam.id, run=1, stage=Stage.INGEST, traceparent=TRACEPARENT)
    stage = ScriptedStage(Stage.INGEST, during=failing)
    assert await run_stage(stage).run(task) is Outcome.POSTPONED
    message = await last_message(database, exam.id)
    async with database.transaction() as uow:
        now = func.clock_timestamp()
        await uow.connection.execute(update(stage_tasks).values(due_at=now))
    stage.during = None
    assert await run_stage(stage).run(message) is Outcome.RECORDED
    first, second = named(recorded(), "stage ingest")
    assert first.attributes is not None
    assert second.attributes is not None
    assert first.attributes["examlens.outcome"] == "postponed"
    assert second.attributes["examlens.attempt"] == 2
    assert [link.context.span_id for link in second.links] == [first.context.span_id]
    assert {format(span.context.trace_id, "032x") for span in recorded()} == {TRACE_ID}
    assert SECRET not in "".join(span.to_json() for span in recorded())
    failed = named(recorded(), "compute")[0]
    assert failed.status.description is not None
    assert failed.status.description.startswith("ConnectionError at test_spans.py")
    await settle(database)


async def test_a_task_taken_back_from_a_lost_worker_keeps_its_trace(
    database: Database, new_exam: NewExam
) -> None:
    await settle(database)
    exam = await new_exam()
    task = StageTask(exam_id=exam.id, run=1, stage=Stage.INGEST, traceparent=TRACEPARENT)
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(outbox)
            .where(outbox.c.exam_id == exam.id)
            .values(message=task.model_dump(mode="json", exclude_none=True))
        )
        assert await claim(uow, task, -1) is not None
        for expired in await uow.tasks.expired(10):
            await uow.outbox.add_again(expired)
    assert await last_message(database, exam.id) == task
    await settle(database)


async def test_the_wait_in_the_outbox_is_a_span_of_the_same_trace(
    database: Database,
    new_exam: NewExam,
    recorded: Callable[[], tuple[ReadableSpan, ...]],
) -> None:
    await settle(database)
    exam = await new_exam()
    task = StageTask(exam_id=exam.id, run=1, stage=Stage.INGEST, traceparent=TRACEPARENT)
    async with database.transaction() as uow:
        await uow.connection.execute(
            update(outbox)
            .where(outbox.c.exam_id == exam.id)
            .values(
                message=task.model_dump(mode="json", exclude_none=True),
                available_at=func.clock_timestamp() - timedelta(seconds=30),
            )
        )
        (row,) = await uow.outbox.claim(10, 60.0, DispatchRules())
    with outbox_span(row):
        pass
    (waited,) = named(recorded(), "outbox ingest")
    assert waited.start_time is not None
    assert waited.end_time is not None
    assert waited.end_time - waited.start_time > 29e9
    assert {format(span.context.trace_id, "032x") for span in recorded()} == {TRACE_ID}
    await settle(database)
