"""What holds for every unit test: nothing leaves the process."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _nothing_leaves_the_process() -> Iterator[None]:
    """Refuse every socket but the local pair with which an event loop wakes itself."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
