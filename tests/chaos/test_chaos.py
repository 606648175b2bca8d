"""Nothing is lost under faults, and the account notices when a protection is missing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from examlens.servers.rabbitmq import find_rabbitmq
from tests.availability import unavailable
from tests.chaos.faults import QUICK_FAULTS, empty_broker
from tests.chaos.run import ChaosRun
from tests.servers import server_directory

pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.timeout(420)]


@pytest.fixture(autouse=True)
def broker_is_installed() -> None:
    if find_rabbitmq() is None:
        unavailable("rabbitmq-server")


@pytest.fixture
def directory() -> Iterator[Path]:
    with server_directory() as made:
        yield made


def test_every_accepted_exam_ends_once_while_processes_and_servers_fail(directory: Path) -> None:
    run = ChaosRun(seed=7, exams=40, seconds=35, faults=QUICK_FAULTS)
    account = run.run(directory)
    assert account.is_clean, account.line(run.seed)
    ended = account.completed + account.failed + account.cancelled + account.erased
    assert ended == account.exams == 40


def test_without_the_outbox_the_account_shows_exams_that_never_end(directory: Path) -> None:
    run = ChaosRun(
        seed=9,
        exams=16,
        seconds=6,
        faults=(empty_broker,),
        behaviours=("slow",),
        deadly=0,
        settings={"CHAOS_PATCH": "outbox"},
        settle_seconds=15,
    )
    account = run.run(directory)
    assert account.stuck > 0, account.line(run.seed)


def test_a_fault_that_fails_ends_the_run_and_all_that_it_started(directory: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos.broken_fault", "--exams=300", "--seconds=8"]
    ended = subprocess.run(
        command,
        env=os.environ | {"TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 2, ended.stdout
    assert "ask_a_frozen_broker failed" in ended.stdout.splitlines()[-1]
    assert not list(commands_in(directory))


def test_a_run_that_is_told_to_end_leaves_nothing_behind(directory: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos", "--exams=300", "--seconds=60"]
    with subprocess.Popen(
        command, env=os.environ | {"TMPDIR": str(directory)}, stdout=subprocess.DEVNULL
    ) as running:
        deadline = time.monotonic() + 90
        while not any("services.gateway" in said for said in commands_in(directory)):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        running.send_signal(signal.SIGTERM)
        assert running.wait(120) == 128 + signal.SIGTERM
    assert not list(commands_in(directory))


def commands_in(directory: Path) -> Iterator[str]:
    """The running processes that were told of ``directory``, but for Erlang's port mapper."""
    for folder in Path("/proc").glob("[0-9]*"):
        # A process may end while it is looked at.
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            told = command + (folder / "environ").read_bytes()
            # All nodes of a machine share it, and it stays.
            if str(directory).encode() in told and b"epmd" not in command:
                yield command.replace(b"\0", b" ").decode()
