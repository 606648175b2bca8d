"""Submissions end with what began them, and tell when a gateway took none."""

import contextlib
import time

import pytest

from examlens.client import GatewayUnreachable
from examlens.servers.rabbitmq import free_port
from tests.chaos.submissions import Submissions


def to_nobody(*, seconds: float, patience_seconds: float) -> Submissions:
    references = [f"steady-1-{index}" for index in range(40)]
    return Submissions(
        f"http://127.0.0.1:{free_port()}",
        "key",
        references,
        seconds=seconds,
        patience_seconds=patience_seconds,
    )


def test_an_exam_that_no_gateway_takes_is_told_and_not_left_out_of_the_account() -> None:
    with (
        to_nobody(seconds=0, patience_seconds=0.1) as submissions,
        pytest.raises(GatewayUnreachable),
    ):
        submissions.accepted()


def test_what_is_not_accepted_yet_ends_when_the_run_fails() -> None:
    began = time.monotonic()
    with contextlib.suppress(RuntimeError), to_nobody(seconds=100, patience_seconds=100):
        # Until the first ones have been refused.
        time.sleep(0.5)
        raise RuntimeError
    assert time.monotonic() - began < 30
