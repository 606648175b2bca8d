"""``examlens cancel|retry`` against a gateway, ``examlens workers`` against RabbitMQ."""

import asyncio
import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from examlens.cli import app
from examlens.commands import session
from examlens.commands.session import Exit
from shared.db.database import Database
from shared.messaging.broker import build_broker
from shared.messaging.worker import Workers
from tests.integration.gateway.conftest import Edge
from tests.integration.gateway.pipeline import PNG


@pytest.fixture
def at_edge(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> Edge:
    monkeypatch.setenv("EXAMLENS_URL", edge.address)
    monkeypatch.setenv("EXAMLENS_API_KEY", edge.token)
    return edge


async def run(*arguments: str) -> Result:
    """The command in a thread: the gateway is on this loop."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


async def test_an_exam_is_cancelled_and_taken_up_again(at_edge: Edge) -> None:
    exam_id = (await at_edge.client.submit([PNG], force=True)).exam_id
    cancelled = await run("cancel", exam_id)
    assert cancelled.exit_code == Exit.OK, cancelled.output
    assert json.loads(cancelled.output)["status"] == "CANCELLED"
    again = await run("cancel", exam_id)
    assert again.exit_code == Exit.REFUSED
    retried = await run("retry", exam_id, "--from-stage", "ingest")
    assert (json.loads(retried.output)["run"], retried.exit_code) == (2, Exit.OK)


async def test_a_practice_order_is_steered_by_the_same_commands(at_edge: Edge) -> None:
    lecture = "一元二次方程的求根公式。".encode()
    order = await at_edge.client.order_practice(lecture=lecture, count=3, subject="数学")
    practice_id = order.id
    cancelled = await run("cancel", practice_id, "--of", "practice")
    assert json.loads(cancelled.output)["state"] == "cancelled"
    retried = await run("retry", practice_id, "--of", "practice")
    assert json.loads(retried.output)["state"] == "queued"
    for wrong in (("cancel", "--erase"), ("retry", "--from-stage", "ocr")):
        refused = await run(wrong[0], practice_id, "--of", "practice", *wrong[1:])
        assert refused.exit_code == Exit.USAGE


@pytest.mark.rabbitmq
@pytest.mark.xdist_group("rabbitmq")
async def test_workers_are_counted_as_the_broker_sees_them(
    database: Database, amqp_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setattr(session.console, "_width", 200)

    def row(output: str, actor: str) -> list[str]:
        (line,) = [line for line in output.splitlines() if f" {actor} " in line]
        return [cell.strip() for cell in line.strip("│┃ ").split("│")]

    monkeypatch.delenv("AMQP_URL", raising=False)
    assert (await run("workers")).exit_code == Exit.USAGE
    monkeypatch.setenv("AMQP_URL", amqp_server)
    broker = build_broker(amqp_server)
    broker.declare_queue("parsing", ensure=True)
    workers = Workers(broker, {"parsing"}, threads=1)
    before = row((await run("workers")).output, "parsing")
    workers.start()
    try:
        async with asyncio.timeout(20):
            while True:
                shown = row((await run("workers")).output, "parsing")
                if int(shown[2]) == int(before[2]) + 1:
                    break
                await asyncio.sleep(0.2)
    finally:
        await asyncio.to_thread(workers.stop, 0.0)
        broker.close()
    monkeypatch.setenv("AMQP_URL", "amqp://127.0.0.1:1")
    assert (await run("workers")).exit_code == Exit.UNREACHABLE
