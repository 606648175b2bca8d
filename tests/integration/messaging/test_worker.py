"""A worker process sees when it is of no use any more."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest

from shared.messaging import worker as worker_module
from shared.messaging.broker import build_broker
from shared.messaging.recycling import Recycling
from shared.messaging.worker import (
    UnknownQueues,
    Workers,
    chosen_queues,
    get_event_loop_thread,
)
from shared.settings import ServiceSettings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def workers() -> Iterator[Workers]:
    running = Workers(build_broker(None), {"default"}, threads=2)
    running.start()
    yield running
    running.stop(grace_seconds=0)


def test_a_working_process_has_no_problems(workers: Workers) -> None:
    assert workers.problems() == []


def test_threads_that_wait_for_others_leave_the_others_to_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = build_broker(None)
    held, release, done = threading.Semaphore(0), threading.Event(), threading.Event()

    def wait_for_receiver() -> None:
        held.release()
        release.wait(10)

    deliver = dramatiq.actor(broker=broker, actor_name="deliver", queue_name="webhooks")
    deliveries = deliver(wait_for_receiver)
    work = dramatiq.actor(broker=broker, actor_name="work", queue_name="default")(done.set)
    running = Workers(broker, {"default", "webhooks"}, threads=1, waiting_threads=2)
    running.start()
    try:
        for _ in range(3):
            deliveries.send()
        assert all(held.acquire(timeout=5) for _ in range(2))
        work.send()
        assert done.wait(5)
        # The third has no thread until one of the others ends.
        assert not held.acquire(timeout=0.2)
        assert running.problems() == []
    finally:
        release.set()
        running.stop(grace_seconds=1)
    assert not [r for r in caplog.records if r.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("named", "chosen"),
    [("", {"a", "b"}), ("b", {"b"}), (" a , b ", {"a", "b"})],
)
def test_a_process_consumes_the_queues_that_it_is_told_to(named: str, chosen: set[str]) -> None:
    settings = ServiceSettings(database_url="postgresql://nowhere/none", worker_queues=named)
    assert chosen_queues(settings, {"a", "b"}) == chosen


def test_a_process_that_is_told_to_consume_another_services_queue_fails_loudly() -> None:
    settings = ServiceSettings(database_url="postgresql://nowhere/none", worker_queues="ocr,a")
    with pytest.raises(UnknownQueues, match="ocr; this service has a, b"):
        chosen_queues(settings, {"a", "b"})


def test_a_dead_worker_thread_is_a_problem(workers: Workers) -> None:
    victim = workers.worker.workers[0]
    victim.stop()
    victim.join(5)
    assert workers.problems() == ["1 of 2 worker threads are dead"]


def test_a_blocked_event_loop_is_a_problem_until_it_moves_again(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LOOP_PATIENCE_SECONDS", 0.3)
    release = threading.Event()
    loop_thread = get_event_loop_thread()
    assert loop_thread is not None
    loop_thread.loop.call_soon_threadsafe(lambda: release.wait(10))
    workers.problems()
    time.sleep(0.5)
    assert workers.problems() == ["the event loop is blocked"]
    release.set()
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop_thread.loop).result(5)
    workers.problems()
    time.sleep(0.05)
    assert workers.problems() == []


def test_a_process_has_done_enough_after_about_so_many_messages() -> None:
    broker, recycling = build_broker(None), Recycling(max_tasks=20, max_rss_mb=0)
    broker.add_middleware(recycling)
    done = threading.Semaphore(0)
    actor = dramatiq.actor(broker=broker, actor_name="work", queue_name="default")(done.release)
    running = Workers(broker, {"default"}, threads=2)
    running.start()
    try:
        reasons = []
        for _ in range(25):
            actor.send()
            assert done.acquire(timeout=5)
            reasons.append(recycling.reason())
    finally:
        running.stop(grace_seconds=0)
    begun = reasons.index(next(reason for reason in reasons if reason))
    assert 16 <= begun <= 23
    assert all(reasons[begun:])


@pytest.mark.parametrize(("limit_mb", "is_over"), [(0, False), (1, True), (1_000_000, False)])
def test_a_process_has_done_enough_when_its_memory_is_too_large(
    limit_mb: int, *, is_over: bool
) -> None:
    assert (Recycling(max_tasks=0, max_rss_mb=limit_mb).reason() is not None) is is_over


def test_dramatiqs_own_command_line_fails_loudly() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "dramatiq", "services.parse.worker", "--processes", "1"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode != 0
    assert "python -m services.<name>.worker" in told.stderr


def test_an_actor_without_a_broker_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no global broker"):
        dramatiq.actor(lambda: None, actor_name="nobody")
