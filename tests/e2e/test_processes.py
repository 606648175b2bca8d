"""Processes are killed in the middle of their work, and every exam still ends once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pika
import pytest

from examlens.client import ExamLensClient, ExamLensError, GatewayUnreachable
from examlens.home import Home
from examlens.processes import Supervisor
from examlens.servers.rabbitmq import free_port
from shared.contract.jobs import ALL_QUEUES
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from tests.e2e.papers import paper_file
from tests.servers import server_directory

pytestmark = pytest.mark.xdist_group("processes")
TWO_PAGES = paper_file("zh-science-two-pages")


def wait_until_ready(client: ExamLensClient, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if client.is_ready():
                return
        except GatewayUnreachable:
            pass
        time.sleep(0.2)
    pytest.fail("the gateway did not become ready")


def wait_for_status(client: ExamLensClient, exam_id: str, wanted: Status) -> None:
    for change in client.changes(exam_id):
        if change.status is wanted:
            return
    pytest.fail(f"the exam ended without being {wanted}")


@pytest.fixture
def directory() -> Iterator[Path]:
    with server_directory() as made:
        yield made


@pytest.fixture
def separate(
    tmp_path: Path, database_url: str, amqp_server: str
) -> Iterator[tuple[Supervisor, str]]:
    """Every service as a process on RabbitMQ, with short leases."""
    port = free_port()
    supervisor = Supervisor(
        tmp_path / "log",
        {
            "DATABASE_URL": database_url,
            "AMQP_URL": amqp_server,
            "EXAMLENS_BLOB_URL": str(tmp_path / "blobs"),
            "EXAMLENS_GATEWAY_PORT": str(port),
            "EXAMLENS_LEASE_SECONDS": "3",
            "EXAMLENS_RETRY_BACKOFF_SECONDS": "0.2",
        },
    )
    supervisor.start()
    yield supervisor, f"http://127.0.0.1:{port}"
    supervisor.stop()


def consumers(amqp_url: str) -> dict[str, int]:
    """How many consumers each queue has, as the broker says."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        channel = connection.channel()
        return {
            queue: channel.queue_declare(queue, passive=True).method.consumer_count
            for queue in ALL_QUEUES
        }
    finally:
        connection.close()


def test_every_queue_has_a_worker_and_orders_go_through_theirs(
    separate: tuple[Supervisor, str], admin_key: str, amqp_server: str
) -> None:
    _, address = separate
    with ExamLensClient(address, admin_key) as client:
        wait_until_ready(client)
        order = client.order_practice(lecture="一元二次方程的解法".encode(), count=2)
        assert client.wait_practice(order.id).state == "ready"
        assert consumers(amqp_server) == dict.fromkeys(ALL_QUEUES, 1)
        assert {queue.queue for queue in client.queues().items} == set(ALL_QUEUES)


async def test_an_ocr_worker_killed_in_the_middle_of_a_page_loses_and_repeats_nothing(
    separate: tuple[Supervisor, str], admin_key: str, database: Database
) -> None:
    supervisor, address = separate
    with ExamLensClient(address, admin_key) as client:
        wait_until_ready(client)
        exam_id = client.submit([TWO_PAGES]).exam_id
        wait_for_status(client, exam_id, Status.OCR_PROCESSING)
        supervisor.named("ocr")[0].send(signal.SIGKILL)
        ended = client.wait(exam_id, timeout_seconds=180)
    assert ended.status is Status.COMPLETED
    assert supervisor.named("ocr")[0].starts == 2
    ocr = next(stage for stage in ended.stages if stage.stage is Stage.OCR)
    assert (ocr.tasks, ocr.tasks_done) == (2, 2)
    assert ocr.attempts >= 2
    async with database.transaction() as uow:
        artefacts = await uow.artefacts.list(exam_id, 1)
        assert len({artefact.kind for artefact in artefacts}) == len(artefacts) >= 2
        assert [text.page for text in await uow.page_texts.list(exam_id, 1)] == [1, 2]
        completions = [
            event
            for event in await uow.exams.events_after(exam_id, 0)
            if event.status is Status.COMPLETED
        ]
    assert len(completions) == 1


def test_an_embedded_process_that_was_killed_resumes_at_its_next_start(directory: Path) -> None:
    home = Home(directory / "home")
    port = free_port()
    command = [sys.executable, "-m", "examlens", "serve", "--port", str(port)]
    environment = os.environ | {"EXAMLENS_HOME": str(home.directory), "EXAMLENS_LEASE_SECONDS": "3"}
    address = f"http://127.0.0.1:{port}"

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def ready_client() -> ExamLensClient:
        deadline = time.monotonic() + 120
        while home.key() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        client = ExamLensClient(address, home.key() or "")
        wait_until_ready(client)
        return client

    first = start()
    with ready_client() as client:
        exam_id = client.submit([TWO_PAGES]).exam_id
        wait_for_status(client, exam_id, Status.OCR_PROCESSING)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
    second = start()
    try:
        with ready_client() as client:
            ended = client.wait(exam_id, timeout_seconds=180)
            assert ended.status is Status.COMPLETED
            assert len(client.exams().items) == 1
            # Jobs go through the same process, on threads and a broker in its memory.
            order = client.order_practice(lecture="一元二次方程的解法".encode(), count=2)
            assert client.wait_practice(order.id).state == "ready"
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(60) == 0


def test_a_database_that_was_killed_comes_back_in_a_home_with_blanks(directory: Path) -> None:
    home = Home(directory / "papers of 3 (b)")
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "examlens", "serve", "--port", str(port)],
        env=os.environ | {"EXAMLENS_HOME": str(home.directory)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as serving:
        try:
            deadline = time.monotonic() + 120
            while home.key() is None and time.monotonic() < deadline:
                time.sleep(0.2)
            with ExamLensClient(f"http://127.0.0.1:{port}", home.key() or "") as client:
                wait_until_ready(client)
                lock = (home.postgres / "postmaster.pid").read_text()
                os.kill(int(lock.splitlines()[0]), signal.SIGKILL)
                deadline = time.monotonic() + 90
                while not answers(client):
                    assert time.monotonic() < deadline, "the database does not come back"
                    time.sleep(0.2)
        finally:
            serving.send_signal(signal.SIGTERM)
            assert serving.wait(60) == 0


def answers(client: ExamLensClient) -> bool:
    with suppress(ExamLensError, GatewayUnreachable):
        return client.exams().items == ()
    return False
