"""Webhooks from an exam's end to a real HTTP receiver."""

import asyncio
import ipaddress
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.stages import Stage
from shared.db.database import Database
from shared.webhooks.dispatcher import DISABLE_AFTER, RETRY_PAUSES, WebhookDispatcher
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

__all__ = ["edge", "new_key", "pipeline", "start_gateway"]
pipeline = pipeline_fixture
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


@pytest.fixture
def dispatcher(database: Database) -> WebhookDispatcher:
    return WebhookDispatcher(database, HttpSender(allowed=LOOPBACK, timeout_seconds=1.0))


@pytest.fixture
def later(database: Database) -> Callable[..., object]:
    async def pass_time() -> None:
        async with database.transaction() as uow:
            statement = text("UPDATE webhook_deliveries SET due_at = now() - interval '1 second'")
            await uow.connection.execute(statement)

    return pass_time


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
    edge: Edge, pipeline: Pipeline, dispatcher: WebhookDispatcher, receiver: Receiver
) -> None:
    exam_id = await ended(edge, pipeline, receiver.url, student_ref="s-1")
    await edge.client.submit([PNG], force=True, callback_url=receiver.url)
    assert await asyncio.gather(*(dispatcher.run_once() for _ in range(4))) != [0, 0, 0, 0]
    assert await dispatcher.run_once() == 0
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
    edge: Edge, pipeline: Pipeline, dispatcher: WebhookDispatcher, receiver: Receiver
) -> None:
    pipeline.fails[Stage.PARSING, 0] = PermanentFailure(FailureCode.NO_QUESTIONS_FOUND)
    exam_id = await ended(edge, pipeline, receiver.url)
    await dispatcher.run_once()
    pipeline.fails.clear()
    await edge.client.retry(exam_id)
    await dispatcher.run_once()
    await pipeline.run(exam_id)
    await dispatcher.run_once()
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
    dispatcher: WebhookDispatcher,
    receiver: Receiver,
    answer: bytes,
    status: int | None,
    error: str | None,
) -> None:
    receiver.answer = answer
    exam_id = await ended(edge, pipeline, receiver.url)
    assert await dispatcher.run_once() == 1
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert (delivery.state, delivery.last_status, delivery.last_error) == ("pending", status, error)
    assert delivery.attempted_at is not None
    pause = (delivery.due_at - delivery.attempted_at).total_seconds()
    assert RETRY_PAUSES[0] * 0.9 <= pause <= RETRY_PAUSES[0] * 1.1 + 2
    assert await dispatcher.run_once() == 0


async def test_a_delivery_is_given_up_after_its_attempts_and_can_be_sent_again(
    edge: Edge,
    pipeline: Pipeline,
    dispatcher: WebhookDispatcher,
    receiver: Receiver,
    later: Callable[[], asyncio.Future[None]],
    new_key: NewKey,
) -> None:
    receiver.answer = b"HTTP/1.1 500 Oops\r\n\r\n"
    exam_id = await ended(edge, pipeline, receiver.url)
    for _ in range(len(RETRY_PAUSES) + 3):
        await dispatcher.run_once()
        await later()
    assert len(receiver.got) == len(RETRY_PAUSES) + 1
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert delivery.state == "failed"
    stranger = bearer(await new_key(tenant="a school of strangers"))
    path = f"/webhooks/deliveries/{delivery.id}/redeliver"
    assert (await edge.http.post(path, headers=stranger)).status_code == 404
    receiver.answer = b"HTTP/1.1 200 OK\r\n\r\n"
    assert (await edge.client.redeliver_webhook(delivery.id)).state == "pending"
    assert await dispatcher.run_once() == 1
    assert (await edge.client.webhook_deliveries(exam_id)).items[0].state == "delivered"


async def test_an_address_that_keeps_failing_is_disabled_until_enabled(
    edge: Edge, pipeline: Pipeline, dispatcher: WebhookDispatcher, database: Database
) -> None:
    # A forbidden address fails at once, every time.
    url = "http://10.0.0.1/hook"
    for _ in range(DISABLE_AFTER):
        await ended(edge, pipeline, url)
        await dispatcher.run_once()
    (target,) = (await edge.client.webhook_targets()).items
    assert (target.url, target.failures) == (url, DISABLE_AFTER)
    assert target.disabled_at is not None
    last = await ended(edge, pipeline, url)
    assert await dispatcher.run_once() == 0
    assert (await edge.client.enable_webhook_target(target.id)).disabled_at is None
    assert await dispatcher.run_once() == 1
    (delivery,) = (await edge.client.webhook_deliveries(last)).items
    assert (delivery.state, delivery.last_error) == ("failed", "forbidden_address")


async def test_a_receiver_that_is_gone_is_not_asked_again(
    edge: Edge, pipeline: Pipeline, dispatcher: WebhookDispatcher, receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 410 Gone\r\n\r\n"
    await ended(edge, pipeline, receiver.url)
    await dispatcher.run_once()
    (target,) = (await edge.client.webhook_targets()).items
    assert target.disabled_at is not None


async def test_a_receiver_that_is_silent_costs_its_timeout_only(
    edge: Edge, pipeline: Pipeline, dispatcher: WebhookDispatcher
) -> None:
    release = asyncio.Event()

    async def be_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    async with await asyncio.start_server(be_silent, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        exam_id = await ended(edge, pipeline, url)
        async with asyncio.timeout(4):
            assert await dispatcher.run_once() == 1
        release.set()
    (delivery,) = (await edge.client.webhook_deliveries(exam_id)).items
    assert delivery.last_error == "timeout"


async def test_after_a_rotation_old_and_new_secret_verify(
    edge: Edge, pipeline: Pipeline, dispatcher: WebhookDispatcher, receiver: Receiver
) -> None:
    old = await edge.client.webhook_secret()
    new = await edge.client.rotate_webhook_secret()
    assert (old.active, new.active) == (1, 2)
    assert (await edge.client.webhook_secret()).secret == new.secret != old.secret
    await ended(edge, pipeline, receiver.url)
    await dispatcher.run_once()
    headers, body = receiver.got[0]
    for secret in (old.secret, new.secret):
        verify(secret, headers, body)


async def test_a_dispatcher_that_died_is_followed_by_another_attempt(
    edge: Edge,
    pipeline: Pipeline,
    dispatcher: WebhookDispatcher,
    receiver: Receiver,
    database: Database,
    later: Callable[[], asyncio.Future[None]],
) -> None:
    await ended(edge, pipeline, receiver.url)
    async with database.transaction() as uow:
        await uow.webhooks.announce_ended(10)
        assert len(await uow.webhooks.claim_due(10, 60, busy={}, most_of_a_tenant=8)) == 1
    assert await dispatcher.run_once() == 0
    await later()
    assert await dispatcher.run_once() == 1
    assert len(receiver.got) == 1
