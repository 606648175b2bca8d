"""Nothing is lost under faults, and the account notices when a protection is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from examlens.servers.rabbitmq import find_rabbitmq
from tests.chaos.faults import QUICK_FAULTS, empty_broker
from tests.chaos.run import ChaosRun
from tests.conftest import server_directory, unavailable

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
    assert account.completed + account.failed_expected == account.exams == 40


def test_without_the_outbox_the_account_shows_exams_that_never_end(directory: Path) -> None:
    run = ChaosRun(
        seed=9,
        exams=16,
        seconds=6,
        faults=(empty_broker,),
        behaviours=("slow",),
        deadly=0,
        settings={"CHAOS_PATCH": "outbox"},
        settle_seconds=30,
    )
    account = run.run(directory)
    assert account.stuck > 0, account.line(run.seed)
