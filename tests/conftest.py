"""What holds for every test."""

import importlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from shared.storage.blobs import BlobStore, open_blob_store

UNIT_TESTS = Path(__file__).parent / "unit"
# How long an example takes says something about the machine: a fresh clone has no tables of
# characters yet, and cores are shared.
settings.register_profile(
    "examlens",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # A developer's run looks for new examples; a run that decides on a change repeats itself.
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("examlens")


def pytest_configure(config: pytest.Config) -> None:
    """Bring the fixtures of servers, which import much, unless only unit tests are asked for."""
    directory = config.invocation_params.dir
    asked = [(directory / argument.partition("::")[0]).resolve() for argument in config.args]
    if not all(path.is_relative_to(UNIT_TESTS) for path in asked):
        # Not import_plugin: a conftest of a named folder may have imported the module already.
        for name in ("tests.servers", "tests.redis_servers"):
            config.pluginmanager.register(importlib.import_module(name), name)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    """An empty blob store in a directory of its own."""
    return open_blob_store(str(tmp_path / "blobs"))
