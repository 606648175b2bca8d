"""Webhooks from an exam's end to a real HTTP receiver."""

import asyncio
import ipaddress
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from sqlalchemy import text

from services.report.webhooks import DISABLE_AFTER, WebhookDelivery
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.jobs import JOB_SPECS, JobKind, JobMessage
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.messaging.attempt.outcome import Outcome
from shared.messaging.relay.job_reaper import adopt_jobs
from shared.webhooks.sender import HttpSender
from shared.webhooks.signature import verify
from tests.integration.gateway.conftest import (
    Edge,
    NewKey,
    edge,
    new_key,
    start_gateway,
)
from tests.integration.gateway.conftest import pipeline as pipeline_fixture
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_access import bearer
from tests.integration.jobs import (
    forget_jobs,
    let_leases_run_out,
    pass_time,
    pending,
    run_once,
    runner_of,
)

__all__ = ["edge", "new_key", "pipeline", "start_gateway"]
pipeline = pipeline_fixture
RESTS = JOB_SPECS[JobKind.WEBHOOK].rests_seconds
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@dataclass
class Receiver:
    """An HTTP server that answers as told and remembers what it got."""

    answer: bytes = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{port}/hook?school=1"
    async with server:
        yield made


@dataclass
class Deliverer:
    """Attempts the deliveries that are due, as workers do when their messages have arrived."""

    database: Database
    work: WebhookDelivery

    async def run_once(self) -> int:
        """How many were attempted."""
        return len(await run_once(self.database, self.work))


@pytest.fixture
def deliverer(database: Database) -> Deliverer:
    sender = HttpSender(allowed=LOOPBACK, timeout_seconds=1.0)
    return Deliverer(database, WebhookDelivery(sender))


@pytest_asyncio.fixture(autouse=True)
async def no_other_deliveries(database: Database) -> None:
    """Exams of other tests of this session are not announced in this one."""
    async with database.transaction() as uow:
        await uow.connection.execute(text("UPDATE exams SET callback_url = NULL"))
        await uow.connection.execute(text("DELETE FROM webhook_deliveries"))


async def ended(edge: Edge, pipeline: Pipeline, url: str, **fields: str) -> str:
    status = await edge.client.submit([PNG], force=True, callback_url=url, **fields)
    await pipeline.run(status.exam_id)
    return status.exam_id


async def test_the_end_of_an_exam_is_announced_once_and_signed(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver
) -> None:
    exam_id = await ended(edge, pipeline, receiver.url, student_ref="s-1")
    await edge.client.submit([PNG], force=True, callback_url=receiver.url)
    assert any(await asyncio.gather(*(deliverer.run_once() for _ in range(4))))
    assert await deliverer.run_once() == 0
    ((headers, body),) = receiver.got
    message = json.loads(body)
    assert message["type"] == "exam.completed"
    assert message["data"]["exam_id"] == exam_id
    assert message["data"]["student_ref"] == "s-1"
    assert headers["content-type"] == "application/json"
    verify((await edge.client.webhook_secret()).secret, headers, body)
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 204)
    assert headers["webhook-id"] == f"msg_{delivery.id}"


async def test_failures_and_further_runs_are_announced_too(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver
) -> None:
    pipeline.fails[Stage.PARSING, 0] = PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
    exam_id = await ended(edge, pipeline, receiver.url)
    await deliverer.run_once()
    pipeline.fails.clear()
    await edge.client.retry(exam_id)
    await deliverer.run_once()
    await pipeline.run(exam_id)
    await deliverer.run_once()
    messages = [json.loads(body) for _, body in receiver.got]
    assert [message["type"] for message in messages] == ["exam.failed", "exam.completed"]
    assert messages[0]["data"]["error_code"] == "no_questions_found"
    assert [message["data"]["run"] for message in messages] == [1, 2]


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"HTTP/1.1 500 Oops\r\n\r\n", 500, None),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", 302, None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n\r\n", 503, None),
        (b"SSH-2.0-OpenSSH\r\n", None, "no_http"),
        (b"x" * 20_000, None, "no_http"),
        (b"", None, "connection"),
    ],
)
async def test_anything_but_a_2xx_is_tried_again_later(
    edge: Edge,
    pipeline: Pipeline,
    deliverer: Deliverer,
    receiver: Receiver,
    answer: bytes,
    status: int | None,
    error: str | None,
) -> None:
    receiver.answer = answer
    exam_id = await ended(edge, pipeline, receiver.url)
    assert await deliverer.run_once() == 1
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert (delivery.state, delivery.last_status, delivery.last_error) == ("pending", status, error)
    assert delivery.attempted_at is not None
    pause = (delivery.due_at - delivery.attempted_at).total_seconds()
    assert RESTS[0] * 0.9 <= pause <= RESTS[0] * 1.1 + 2
    assert await deliverer.run_once() == 0


async def test_a_delivery_is_given_up_after_its_attempts_and_can_be_sent_again(
    edge: Edge,
    pipeline: Pipeline,
    deliverer: Deliverer,
    receiver: Receiver,
    new_key: NewKey,
) -> None:
    receiver.answer = b"HTTP/1.1 500 Oops\r\n\r\n"
    exam_id = await ended(edge, pipeline, receiver.url)
    for _ in range(len(RESTS) + 3):
        await deliverer.run_once()
        await pass_time(deliverer.database)
    assert len(receiver.got) == len(RESTS) + 1
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert (delivery.state, delivery.attempts) == ("failed", len(RESTS) + 1)
    (dead,) = (await edge.client.dead_letters()).jobs
    assert (dead.queue, str(dead.subject_id)) == ("webhooks", delivery.id)
    stranger = bearer(await new_key(tenant="a school of strangers"))
    path = f"/webhooks/deliveries/{delivery.id}/redeliver"
    assert (await edge.http.post(path, headers=stranger)).status_code == 404
    receiver.answer = b"HTTP/1.1 200 OK\r\n\r\n"
    assert (await edge.client.redeliver_webhook(delivery.id)).state == "pending"
    assert not (await edge.client.dead_letters()).jobs
    assert await deliverer.run_once() == 1
    assert (await edge.client.webhook_deliveries(exam_id)).items[0].state == "delivered"


async def test_an_address_that_keeps_failing_is_disabled_until_enabled(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, database: Database
) -> None:
    # A forbidden address fails at once, every time.
    url = "http://10.0.0.1/hook"
    for _ in range(DISABLE_AFTER):
        await ended(edge, pipeline, url)
        await deliverer.run_once()
    (target,) = (await edge.client.webhook_targets()).items
    assert (target.url, target.failures) == (url, DISABLE_AFTER)
    assert target.disabled_at is not None
    last = await ended(edge, pipeline, url)
    assert await deliverer.run_once() == 0
    assert (await edge.client.enable_webhook_target(target.id)).disabled_at is None
    assert await deliverer.run_once() == 1
    (delivery,) = (await edge.client.webhook_deliveries(last)).items
    assert (delivery.state, delivery.last_error) == ("failed", "forbidden_address")


async def test_a_receiver_that_is_gone_is_not_asked_again(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 410 Gone\r\n\r\n"
    await ended(edge, pipeline, receiver.url)
    await deliverer.run_once()
    (target,) = (await edge.client.webhook_targets()).items
    assert target.disabled_at is not None


async def test_a_receiver_that_is_silent_costs_its_timeout_only(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer
) -> None:
    release = asyncio.Event()

    async def be_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    async with await asyncio.start_server(be_silent, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        exam_id = await ended(edge, pipeline, url)
        async with asyncio.timeout(4):
            assert await deliverer.run_once() == 1
        release.set()
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert delivery.last_error == "timeout"


async def test_after_a_rotation_old_and_new_secret_verify(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver
) -> None:
    old = await edge.client.webhook_secret()
    new = await edge.client.rotate_webhook_secret()
    assert (old.active, new.active) == (1, 2)
    assert (await edge.client.webhook_secret()).secret == new.secret != old.secret
    await ended(edge, pipeline, receiver.url)
    await deliverer.run_once()
    headers, body = receiver.got[0]
    for secret in (old.secret, new.secret):
        verify(secret, headers, body)


async def test_a_dead_delivery_is_replayed(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 500 Oops\r\n\r\n"
    exam_id = await ended(edge, pipeline, receiver.url)
    for _ in range(len(RESTS) + 1):
        await deliverer.run_once()
        await pass_time(deliverer.database)
    (dead,) = (await edge.client.dead_letters()).jobs
    receiver.answer = b"HTTP/1.1 200 OK\r\n\r\n"
    await edge.client.replay_dead_job(str(dead.id))
    assert await deliverer.run_once() == 1
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert (delivery.state, delivery.attempts) == ("delivered", 1)


async def test_a_worker_that_died_is_followed_by_another_attempt(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver, database: Database
) -> None:
    await ended(edge, pipeline, receiver.url)
    (job_id,) = await pending(database, JobKind.WEBHOOK)
    async with database.transaction() as uow:
        assert await uow.jobs.claim(JobKind.WEBHOOK, job_id, 60.0)
    assert await deliverer.run_once() == 0
    await let_leases_run_out(database)
    async with database.transaction() as uow:
        assert await uow.job_dispatch.expired(100)
    assert await deliverer.run_once() == 1
    assert len(receiver.got) == 1


async def test_what_a_process_of_the_version_before_ended_is_announced_by_the_relay(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver, database: Database
) -> None:
    await ended(edge, pipeline, receiver.url)
    async with database.transaction() as uow:
        await uow.connection.execute(text("DELETE FROM webhook_deliveries"))
    await adopt_jobs(database)
    await adopt_jobs(database)
    assert await deliverer.run_once() == 1
    assert await deliverer.run_once() == 0
    assert len(receiver.got) == 1


async def test_a_delivery_of_the_version_before_gets_a_job(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver, database: Database
) -> None:
    await ended(edge, pipeline, receiver.url)
    await forget_jobs(database)
    assert await deliverer.run_once() == 0
    await adopt_jobs(database)
    assert await deliverer.run_once() == 1


async def test_an_erased_exam_takes_its_delivery_and_the_job_along(
    edge: Edge, pipeline: Pipeline, deliverer: Deliverer, receiver: Receiver, database: Database
) -> None:
    exam_id = await ended(edge, pipeline, receiver.url)
    (job_id,) = await pending(database, JobKind.WEBHOOK)
    await edge.client.delete(exam_id)
    message = JobMessage(id=job_id, kind=JobKind.WEBHOOK)
    assert await runner_of(database, deliverer.work).run(message) is Outcome.NOT_DUE
    assert not receiver.got
