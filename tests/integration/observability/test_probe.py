"""The health command of the images tells well from unwell without any library."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from shared.observability.health import HealthServer
from shared.observability.probe import is_well


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def port(problems: list[str]) -> Iterator[int]:
    server = HealthServer("127.0.0.1", 0, is_alive=lambda: problems)
    server.start()
    yield server.port
    server.stop()


def test_the_probe_follows_the_process(port: int, problems: list[str]) -> None:
    assert is_well(port)
    problems.append("the event loop is blocked")
    assert not is_well(port)
    assert is_well(port, "/readyz")


def test_a_port_that_nobody_serves_is_unwell(port: int) -> None:
    assert not is_well(1)


def test_the_command_exits_with_its_finding(port: int, problems: list[str]) -> None:
    command = [sys.executable, "-m", "shared.observability.probe", "/livez", str(port)]
    assert subprocess.run(command, check=False).returncode == 0
    problems.append("dead")
    assert subprocess.run(command, check=False).returncode == 1
