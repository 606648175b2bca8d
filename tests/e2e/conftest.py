"""A whole ExamLens in one process, shared by the tests of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from examlens.client import ExamLensClient
from examlens.embedded import Embedded
from examlens.home import Home

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded(Home(tmp_path_factory.mktemp("home"))) as running:
        yield running


@pytest.fixture
def client(embedded: Embedded) -> Iterator[ExamLensClient]:
    assert embedded.first_key is not None
    with ExamLensClient(embedded.address, embedded.first_key, language="en") as opened:
        yield opened
