"""All customers of a run, in the background while faults happen."""

import asyncio
import random
import threading
import time
from collections.abc import Sequence
from typing import Literal, Self

import httpx2

from shared.contract.stages import Status
from tests.chaos.behaviour import behaviour_of
from tests.chaos.customer import Customer
from tests.chaos.history import History
from tests.chaos.shop import Shop
from tests.chaos.side_work import PracticeOrder

#: A submission whose gateway was killed has to wait until its key is given up.
PATIENCE_SECONDS = 180.0
#: What a customer does beside submitting and following. Most do nothing.
Plan = Literal["follow", "repeat", "cancel", "retry", "correct", "erase"]
_SHARES: dict[Plan, int] = {
    "follow": 5,
    "repeat": 3,
    "cancel": 2,
    "retry": 2,
    "correct": 3,
    "erase": 3,
}
_WITH_CALLBACK = 0.4
_IN_CLASS = 0.1
_PAUSE_SECONDS = 0.5


class Customers:
    """One customer per reference, spread over ``seconds``. Use as a context manager.

    Leaving the block ends whoever is not done: without that, a run that fails would go on asking a
    gateway that is gone.
    """

    def __init__(
        self,
        shop: Shop,
        references: Sequence[str],
        history: History,
        *,
        seconds: float,
        patience_seconds: float = PATIENCE_SECONDS,
        orders: Sequence[PracticeOrder] = (),
        paper_id: str | None = None,
    ) -> None:
        """``paper_id`` is the paper that some of them sat."""
        self._orders, self._paper_id = orders, paper_id
        self._shop, self._references, self._history = shop, references, history
        self._seconds, self._patience_seconds = seconds, patience_seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="customers")
        self._all: asyncio.Task[None] | None = None
        self._done = threading.Event()
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop.call_soon_threadsafe(self._begin)
        return self

    def __exit__(self, *_: object) -> None:
        if not self._done.is_set():
            self._loop.call_soon_threadsafe(self._cancel)
            self._done.wait(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def end(self, *, within_seconds: float) -> None:
        """Wait until all are done, but no longer than that.

        Raises GivenUp when nobody took a customer's exam. One that is taken and does not end is
        found in the final state.
        """
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline and not self._done.wait(0.2):
            pass
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        self._all = self._loop.create_task(self._serve_all())
        self._all.add_done_callback(self._note_end)

    def _cancel(self) -> None:
        if self._all is not None:
            self._all.cancel()

    def _note_end(self, ended: asyncio.Task[None]) -> None:
        if not ended.cancelled():
            self._failure = ended.exception()
            if isinstance(self._failure, BaseExceptionGroup):
                self._failure = self._failure.exceptions[0]
        self._done.set()

    async def _serve_all(self) -> None:
        async with self._shop.open() as http, asyncio.TaskGroup() as group:
            for order in self._orders:
                group.create_task(order.carry_out(http))
            share = self._seconds / len(self._references)
            for number, reference in enumerate(self._references):
                group.create_task(self._serve(reference, http, number * share))

    async def _serve(self, reference: str, http: httpx2.AsyncClient, delay: float) -> None:
        rng = random.Random(reference)
        is_called = rng.random() < _WITH_CALLBACK
        customer = Customer(
            reference,
            http,
            self._history,
            callback_url=self._shop.callback_url if is_called else None,
            paper_id=self._paper_id if rng.random() < _IN_CLASS else None,
            patience_seconds=self._patience_seconds,
        )
        await asyncio.sleep(delay)
        await customer.submit()
        # From here on a customer waits for as long as the run does.
        customer.patience_seconds = float("inf")
        await _carry_out(customer, rng)


async def _carry_out(customer: Customer, rng: random.Random) -> None:
    behaviour = behaviour_of(customer.reference)
    if behaviour == "stubborn":
        await _bring_back(customer)
        return
    plan = _plan_of(rng) if behaviour == "steady" else "follow"
    if plan == "repeat":
        await customer.send_exam(key=customer.key)
        await customer.send_exam(key=None)
    if plan in {"cancel", "retry"}:
        await asyncio.sleep(rng.random())
        await customer.cancel()
    ended = await customer.follow()
    if plan == "retry" and ended.status == Status.CANCELLED:
        await customer.retry()
    if plan == "correct" and ended.status == Status.COMPLETED:
        await customer.correct(rng.choice("BCD"))
    if plan == "erase":
        await customer.delete()
    await customer.follow()


def _plan_of(rng: random.Random) -> Plan:
    return rng.choices(list(_SHARES), list(_SHARES.values()))[0]


async def _bring_back(customer: Customer) -> None:
    """Replay the dead letter of an exam that failed; it completes at once in its second run."""
    while (await customer.follow()).status == Status.FAILED:
        await customer.replay()
        await asyncio.sleep(_PAUSE_SECONDS)
