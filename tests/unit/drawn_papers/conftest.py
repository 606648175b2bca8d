"""The generator of papers is scripts beside each other: their folder has to be on the path."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = str(Path(__file__).resolve().parents[3] / "benchmarks" / "papers")
if SCRIPTS not in sys.path:
    sys.path.append(SCRIPTS)


@pytest.fixture(scope="session", autouse=True)
def _scripts_leave_the_path() -> Iterator[None]:
    yield
    sys.path.remove(SCRIPTS)
