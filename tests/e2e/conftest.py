"""A whole ExamLens in one process, shared by the tests of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from examlens.client import ExamLensClient
from examlens.embedded import Embedded
from examlens.home import Home
from tests.servers import server_directory

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="session")
def embedded() -> Iterator[Embedded]:
    with server_directory() as directory, Embedded(Home(directory)) as running:
        yield running


@pytest.fixture
def client(embedded: Embedded) -> Iterator[ExamLensClient]:
    assert embedded.first_key is not None
    with ExamLensClient(embedded.address, embedded.first_key, language="en") as opened:
        yield opened
