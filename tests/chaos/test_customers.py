"""Customers end with what began them, and tell when a gateway took no exam."""

import contextlib
import time

import pytest

from examlens.servers.rabbitmq import free_port
from tests.chaos.customer import GivenUp
from tests.chaos.customers import Customers
from tests.chaos.history import History
from tests.chaos.shop import Shop


def of_nobody(history: History, *, seconds: float, patience_seconds: float) -> Customers:
    shop = Shop((f"http://127.0.0.1:{free_port()}",), "key")
    references = [f"steady-1-{index}" for index in range(40)]
    return Customers(shop, references, history, seconds=seconds, patience_seconds=patience_seconds)


def test_an_exam_that_no_gateway_takes_is_told_and_not_left_out_of_the_account() -> None:
    history = History()
    with (
        of_nobody(history, seconds=0, patience_seconds=0.1) as customers,
        pytest.raises(GivenUp),
    ):
        customers.end(within_seconds=30)
    assert {told.answer for told in history} == {None}


def test_what_is_not_accepted_yet_ends_when_the_run_fails() -> None:
    began = time.monotonic()
    with (
        contextlib.suppress(RuntimeError),
        of_nobody(History(), seconds=100, patience_seconds=100),
    ):
        # Until the first ones have been refused.
        time.sleep(0.5)
        raise RuntimeError
    assert time.monotonic() - began < 30
