"""What the guarantees cost: the transactions and statements of one exam of one page."""

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from benchmarks.empty_stages import submit
from examlens.processes import Supervisor
from examlens.servers.postgres import PrivatePostgres
from shared.contract.services import WORKERS
from shared.contract.stages import Stage
from shared.db.database import Database, asyncpg_url
from shared.db.migrate import upgrade
from tests.integration.messaging.statement_log import Asked, StatementLog, transactions
from tests.servers import server_directory

log = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.rabbitmq,
    pytest.mark.xdist_group("rabbitmq"),
    pytest.mark.timeout(180),
]

MOST_TRANSACTIONS, MOST_STATEMENTS = 20, 70
#: Exams that are counted; the cheapest of them was not disturbed.
LONE_EXAMS = 4
#: What the relay's other loops ask from time to time, whether there is an exam or not.
OTHER_LOOPS = ("webhook_deliveries", "pg_stat_activity", "erasures")
WORKER = [sys.executable, "-m", "benchmarks.empty_stages"]


@pytest.fixture
def directory() -> Iterator[Path]:
    with server_directory() as made:
        yield made


@pytest.fixture
def postgres(directory: Path) -> Iterator[PrivatePostgres]:
    server = PrivatePostgres(directory / "postgres").start()
    upgrade(server.url)
    yield server
    server.stop()


@pytest_asyncio.fixture
async def gateway(postgres: PrivatePostgres) -> AsyncIterator[Database]:
    opened = Database(postgres.url, size=1, application="gateway")
    yield opened
    await opened.close()


def processes(
    directory: Path, url: str, amqp_server: str, workers: dict[str, tuple[str, ...]]
) -> Supervisor:
    """A relay, and a worker process for each of ``workers`` with its stages."""
    commands = {"relay": [sys.executable, "-m", "shared.messaging.relay"]}
    for name, stages in workers.items():
        commands[name] = ["env", f"BENCHMARK_STAGES={' '.join(stages)}", *WORKER]
    settings = {
        "DATABASE_URL": url,
        "AMQP_URL": amqp_server,
        "EXAMLENS_BLOB_URL": str(directory / "blobs"),
        "EXAMLENS_LOG_LEVEL": "WARNING",
        "EXAMLENS_RELAY_REAP_SECONDS": "600",
        # On a busy machine an exam takes longer than a second.
        "EXAMLENS_RELAY_POLL_SECONDS": "3",
    }
    return Supervisor(directory / "log", settings, commands=commands)


async def completed(watcher: asyncpg.Connection, exam_ids: list[str]) -> None:
    async with asyncio.timeout(60):
        # Not by LISTEN: what is counted shall not depend on who listens.
        query = "SELECT count(*) FROM exams WHERE id = ANY($1::uuid[]) AND status = 'COMPLETED'"
        while await watcher.fetchval(query, exam_ids) < len(exam_ids):  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.02)


async def noted(watcher: asyncpg.Connection) -> None:
    """Wait until the relay has noted what it published last."""
    async with asyncio.timeout(60):
        query = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        while await watcher.fetchval(query):  # noqa: ASYNC110 -- a relay does it
            await asyncio.sleep(0.05)


def spent_on_exams(asked: list[Asked]) -> list[list[Asked]]:
    return [
        block
        for block in transactions(asked)
        if not any(table in statement.sql for statement in block for table in OTHER_LOOPS)
    ]


SHAPES = {
    "a process of all stages": {"workers": tuple(Stage)},
    "a process for each service": {worker.name: worker.stages for worker in WORKERS},
}


@pytest.mark.parametrize("workers", SHAPES.values(), ids=SHAPES)
async def test_one_exam_of_one_page_stays_within_its_budget(
    directory: Path,
    postgres: PrivatePostgres,
    gateway: Database,
    amqp_server: str,
    workers: dict[str, tuple[str, ...]],
) -> None:
    statement_log = StatementLog(postgres, directory / "postgres")
    await statement_log.start()
    watcher = await asyncpg.connect(
        asyncpg_url(postgres.url), server_settings={"application_name": "reader"}
    )
    running = processes(directory, postgres.url, amqp_server, workers)
    running.start()
    try:
        async with gateway.transaction() as uow:
            tenant = await uow.tenants.ensure("benchmark")
        # Connections are opened and statements prepared.
        await completed(watcher, await submit(gateway, tenant, 8))
        counted: list[list[list[Asked]]] = []
        for _ in range(LONE_EXAMS):
            await noted(watcher)
            statement_log.read()
            await completed(watcher, await submit(gateway, tenant, 1))
            await noted(watcher)
            counted.append(spent_on_exams(statement_log.read()))
    finally:
        await watcher.close()
        await asyncio.to_thread(running.stop)
    cheapest = min(counted, key=len)
    statements = [statement for block in cheapest for statement in block]
    told = [f"{len(cheapest)} transactions, {len(statements)} statements"]
    for (application, sql), count in Counter(
        (statement.application, statement.sql[:100]) for statement in statements
    ).items():
        told.append(f"{count:4} {application:18} {sql}")
    log.info("\n".join(told))
    if len(cheapest) > MOST_TRANSACTIONS or len(statements) > MOST_STATEMENTS:
        pytest.fail("\n".join(told))
