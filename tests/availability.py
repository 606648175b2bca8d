"""What a test does that needs something which this machine does not have."""

import os

import pytest

IS_CI = os.environ.get("CI") == "true"


def unavailable(what: str) -> None:
    """Skip the test; where CI says that everything is there, fail it."""
    message = f"{what} is not available: see docs/testing.md"
    if IS_CI:
        pytest.fail(message)
    pytest.skip(message)
