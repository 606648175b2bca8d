"""One chaos run: customers and faults at the same time, then the account."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from sqlalchemy import text

from examlens.client import ExamLensClient, GatewayUnreachable
from shared.db.database import Database
from shared.messaging.relay.retention import forget
from shared.messaging.relay.settings import RelaySettings
from tests.chaos.account import Account, settle_accounts
from tests.chaos.customer import marker_of
from tests.chaos.customers import Customers
from tests.chaos.faults import Fault
from tests.chaos.final_state import FinalState, read_final_state
from tests.chaos.history import History
from tests.chaos.receiver import Receiver
from tests.chaos.shop import Shop
from tests.chaos.side_work import SideWork
from tests.chaos.world import StoreKind, World, running_world


class FaultFailed(Exception):
    """A fault could not be done, or not be undone; the run says nothing about the system."""


@dataclass
class ChaosRun:
    """``exams`` customers spread over ``seconds`` while ``faults`` happen in a random order."""

    seed: int
    exams: int
    seconds: float
    faults: Sequence[Fault]
    settings: dict[str, str] = field(default_factory=dict)
    behaviours: Sequence[str] = ("steady",) * 12 + ("flaky", "slow", "bad", "stubborn")
    deadly: int = 1
    settle_seconds: float = 120.0
    consumer_timeout_ms: int = 15_000
    older: Path | None = None
    store: StoreKind = "directory"
    gateways: int = 1
    #: Whether practice papers and a class report are asked for as well, of the real services.
    has_side_work: bool = False
    say: bool = True

    def run(self, directory: Path) -> Account:
        """Run it with everything it writes in ``directory``."""
        history = History()
        with (
            Receiver() as receiver,
            running_world(
                directory,
                self.settings | {"CHAOS_SIDE_WORK": str(int(self.has_side_work))},
                consumer_timeout_ms=self.consumer_timeout_ms,
                older=self.older,
                store=self.store,
                gateways=self.gateways,
            ) as world,
        ):
            self._wait_for_gateway(world)
            shop = Shop(world.addresses, world.key, receiver.url)
            side = SideWork(shop, self.seconds) if self.has_side_work else None
            with Customers(
                shop,
                self._references(),
                history,
                seconds=self.seconds,
                orders=side.orders if side else (),
                paper_id=side.paper_id if side else None,
            ) as customers:
                self._inject(world)
                customers.end(within_seconds=self.settle_seconds)
            self._wait_until_settled(world)
            history.save(directory / "history.jsonl")
            final = _final_state(world, history, receiver)
            more = side.faults(final.exams.values()) if side else ()
        account = settle_accounts(history, final, directory / "log", more)
        for fault in account.faults if self.say else ():
            print(f"fault: {fault}")
        return account

    def _wait_for_gateway(self, world: World) -> None:
        deadline = time.monotonic() + 120
        with ExamLensClient(world.address, world.key) as client:
            while time.monotonic() < deadline:
                try:
                    if client.is_ready():
                        return
                except GatewayUnreachable:
                    pass
                time.sleep(0.2)
        raise TimeoutError("the gateway did not become ready")

    def _references(self) -> list[str]:
        """The student reference of every exam, which says how it behaves."""
        rng = random.Random(self.seed)
        kinds = [rng.choice(self.behaviours) for _ in range(self.exams)]
        fatal = rng.sample(range(self.exams), min(self.deadly, self.exams))
        for number, index in enumerate(fatal):
            kinds[index] = ("deadly", "greedy")[number % 2]
        # None is a part of another: the traces of those that are erased are looked for.
        return [f"{kind}-{self.seed}-{index:05}" for index, kind in enumerate(kinds)]

    def _inject(self, world: World) -> None:
        rng = random.Random(self.seed + 1)
        faults = list(self.faults)
        rng.shuffle(faults)
        started = begun = time.monotonic()
        share = self.seconds / len(faults)
        for number, fault in enumerate(faults):
            # After one that took long the next ones keep their distance, or all would come at once.
            begun = max(begun, time.monotonic() - number * share)
            due = begun + share * (number + rng.random())
            time.sleep(max(due - time.monotonic(), 0))
            try:
                done = fault(world, rng)
            except Exception as error:
                name = getattr(fault, "__name__", "a fault")
                raise FaultFailed(f"{name} failed: {error}") from error
            if self.say:
                print(f"{time.monotonic() - started:6.1f} s  {done}", flush=True)

    def _wait_until_settled(self, world: World) -> None:
        deadline = time.monotonic() + self.settle_seconds
        while time.monotonic() < deadline:
            if asyncio.run(_count_waiting(world.database_url)) == 0:
                # What was published last may still be on its way to be suppressed.
                time.sleep(1)
                return
            time.sleep(1)


_WAITING = """
SELECT (SELECT count(*) FROM exams
        WHERE status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'DUPLICATE'))
  + (SELECT count(*) FROM exams e
     WHERE callback_url IS NOT NULL AND NOT EXISTS (
       SELECT FROM webhook_deliveries d
       WHERE d.exam_id = e.id AND d.run = e.run AND d.state <> 'pending'))
"""


async def _count_waiting(database_url: str) -> int:
    """Exams that have not ended, or whose end was not announced."""
    connection = await asyncpg.connect(database_url)
    try:
        return int(await connection.fetchval(_WAITING))
    finally:
        await connection.close()


def _final_state(world: World, history: History, receiver: Receiver) -> FinalState:
    asyncio.run(_erase_what_is_due(world))
    erased = {told.who for told in history if told.request == "delete" and told.is_done}
    return asyncio.run(
        read_final_state(
            world.database_url,
            world.store.files(),
            receiver.received,
            traces_of={who: (who, marker_of(who)) for who in erased},
            folders=(world.directory / "log", world.directory / "rabbitmq"),
            people={told.who: (told.who, marker_of(told.who)) for told in history},
            logs=[world.directory / name for name in ("log", "rabbitmq", "postgres/log")],
        )
    )


async def _erase_what_is_due(world: World) -> None:
    database = Database(world.database_url, size=1, application="chaos")
    async with database.transaction() as uow:
        # As if the longest work were over.
        await uow.connection.execute(text("UPDATE erasures SET due_at = '-infinity'"))
    settings = RelaySettings(DATABASE_URL=world.database_url)
    await forget(database, world.store.open(), settings, asyncio.Event())
    await database.close()
