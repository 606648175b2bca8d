"""One seed's story of a simulated deployment: customers, faults, then peace until the end."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.contract.services import WORKERS
from shared.contract.stages import TERMINAL, Stage, Status
from shared.db.tables import OUTBOX_FILLED
from shared.observability import metrics
from tests.simulation.broker import Exchange
from tests.simulation.gateway import GatewayProcess, ModelBlobs
from tests.simulation.loop import NothingHappens, SimulatedLoop
from tests.simulation.processes import (
    LEASE_SECONDS,
    Network,
    Process,
    RelayProcess,
    WorkerProcess,
    ended,
)
from tests.simulation.server import ModelServer
from tests.simulation.stages import Plan, SimulatedStage
from tests.simulation.warnings import caught_warnings

#: Faults happen in this time. Everything has to have ended long before the other.
_STORM_SECONDS = 60.0
_PATIENCE_SECONDS = 4 * 3600.0
_ALL_STAGES = tuple(stage for service in WORKERS for stage in service.stages)


@dataclass
class Wish:
    """One customer: what it sent, what it was told, and what it wants."""

    content: str
    key: str
    exam_id: str | None = None
    told: set[str] = field(default_factory=set)
    #: What it asked for after that, and how that was answered.
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@dataclass
class Story:
    """Everything that happened, for the judge."""

    seed: int
    server: ModelServer
    exchange: Exchange
    plan: Plan
    blobs: ModelBlobs
    wishes: list[Wish] = field(default_factory=list)
    #: Faults, in order, with their times.
    faults: list[tuple[float, str]] = field(default_factory=list)
    #: How long it took by the simulated clock.
    seconds: float = 0.0
    #: Leases that ran out, and messages that were sent again.
    expired: float = 0.0
    #: Errors that stages and the relay's loops met, by type and place.
    errors: list[str] = field(default_factory=list)
    redriven: float = 0.0

    def digest(self) -> str:
        """A fingerprint of everything that is left, to see that a story is told again."""
        # Messages carry the random ids of traces.
        tables = ("exams", "stage_tasks", "events", "effects")
        left = [sorted(map(repr, self.server.table(name).items())) for name in tables]
        return hashlib.sha256(repr((left, self.faults, self.seconds)).encode()).hexdigest()[:16]

    def had(self, *kinds: str) -> bool:
        """Whether a fault of one of these kinds happened."""
        return any(kind in kinds for _, kind in self.faults)


class Simulation:
    """``run`` tells the story of ``seed``; the same seed tells the same story."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.loop = SimulatedLoop(lambda: self.rng.random() * 0.002)
        self.loop.set_exception_handler(lambda _loop, _context: None)
        self._seed = seed

    def run(self) -> Story:
        """Run it to its end."""
        random.seed(self._seed)
        asyncio.set_event_loop(self.loop)
        before = _counted()
        try:
            with caught_warnings() as warnings:
                story = self.loop.run_until_complete(self._tell())
            story.errors = list(warnings)
        finally:
            with suppress(NothingHappens):
                self.loop.run_until_complete(ended(list(asyncio.all_tasks(self.loop))))
            asyncio.set_event_loop(None)
            self.loop.close()
        expired, redriven = _counted()
        story.expired, story.redriven = expired - before[0], redriven - before[1]
        return story

    async def _tell(self) -> Story:
        rng = self.rng
        self.network = Network(rng, latency_seconds=rng.choice((0.001, 0.01, 0.2)))
        plan = Plan(rng)
        self.story = story = Story(self._seed, ModelServer(), Exchange(), plan, ModelBlobs())
        story.server.listeners.append(self._wake_relays)
        self.processes: list[Process] = []
        self._shapes = list(self._deployment())
        for start in self._shapes:
            self.processes.append(start())
        plan.failing = rng.choice((0.0, 0.0, 0.05, 0.3))
        plan.slow = rng.choice((0.0, 0.0, 0.1))
        plan.pace_seconds = rng.choice((0.1, 1.0, 8.0))
        customers = [
            self.loop.create_task(self._customer(number)) for number in range(rng.randint(1, 4))
        ]
        await self._storm()
        plan.failing = 0.0
        await self._wait_for_peace(customers)
        story.seconds = self.loop.time()
        return story

    def _deployment(self) -> Iterator[Callable[[], Process]]:
        rng, story = self.rng, self.story

        def base(name: str) -> tuple[Any, ...]:
            return (name, story.server, story.exchange, self.network)

        def worker(stages: tuple[Stage, ...], threads: int) -> Callable[[], Process]:
            def start() -> Process:
                process = WorkerProcess(*base("worker"))
                made = [SimulatedStage(s, story.plan, lambda: self._die(process)) for s in stages]
                process.work(made, threads)
                return process

            return start

        def relay() -> Process:
            process = RelayProcess(*base("relay"))
            process.relay()
            return process

        def gateway() -> Process:
            return GatewayProcess(*base("gateway"), blobs=story.blobs)

        yield gateway
        for _ in range(rng.randint(1, 2)):
            yield relay
        if rng.random() < 0.5:
            for _ in range(rng.randint(1, 2)):
                yield worker(_ALL_STAGES, rng.randint(1, 3))
        else:
            for service in WORKERS:
                yield worker(service.stages, rng.randint(1, 2))
            yield worker((Stage.OCR,), 2)

    async def _storm(self) -> None:
        """Some faults of some kinds; many seeds have few kinds, so that each is seen alone."""
        rng = self.rng
        kinds = rng.sample(sorted(_FAULTS), rng.randint(0, 4))
        times = sorted(
            rng.random() * _STORM_SECONDS for _ in range(rng.randint(0, 8) if kinds else 0)
        )
        for at in times:
            await asyncio.sleep(max(at - self.loop.time(), 0.0))
            kind = rng.choice(kinds)
            self.story.faults.append((self.loop.time(), kind))
            await _FAULTS[kind](self)
        self._calm()

    def _calm(self) -> None:
        network = self.network
        network.unsent = network.unanswered = network.unpublished = network.unheard = 0.0
        network.is_database_away = False
        self.story.exchange.come_back()

    def _die(self, process: Process) -> None:
        """The process ends and is started again some seconds later."""
        if process.is_dead:
            return
        process.kill()
        place = self.processes.index(process)
        self.loop.call_later(self.rng.uniform(0.5, 5.0), self._start_again, place)

    def _start_again(self, place: int) -> None:
        if self.processes[place].is_dead:
            self.processes[place] = self._shapes[place]()

    def _wake_relays(self, channel: str) -> None:
        rng = self.rng
        if channel == OUTBOX_FILLED:
            for process in self.processes:
                if isinstance(process, RelayProcess) and rng.random() >= self.network.unheard:
                    self.loop.call_later(rng.random() * 0.005, process.wake)

    async def _customer(self, number: int) -> None:
        rng, story = self.rng, self.story
        student = f"student-{number}"
        story.plan.pages[student] = rng.randint(1, 3)
        nature = rng.random()
        if nature < 0.05:
            story.plan.bad.add(student)
        elif nature < 0.08:
            story.plan.deadly.add(student)
        wish = Wish(student, f"key-{number}")
        story.wishes.append(wish)
        await asyncio.sleep(rng.random() * _STORM_SECONDS / 2)
        while wish.exam_id is None:
            await self._submit(wish)
            await asyncio.sleep(rng.random() * 3)
        while rng.random() < 0.3:
            await self._submit(wish)
        if rng.random() < 0.3:
            await asyncio.sleep(rng.random() * 20)
            await self._ask(wish, "cancel")
        for _ in range(rng.choice((0, 0, 1, 2))):
            status = await self._follow(wish)
            if status in {Status.FAILED, Status.CANCELLED}:
                await self._ask(wish, rng.choice(("retry", "replay")))
        await self._follow(wish)

    async def _submit(self, wish: Wish) -> None:
        answer = await self._request(lambda gateway: gateway.submit(wish.content, wish.key))
        if answer is not None:
            wish.exam_id = wish.exam_id or answer["exam_id"]
            wish.told.add(answer["exam_id"])

    async def _ask(self, wish: Wish, what: str) -> None:
        assert wish.exam_id is not None
        exam_id = wish.exam_id
        wish.asked.append((what, await self._request(lambda g: g.ask(what, exam_id))))

    async def _follow(self, wish: Wish) -> Status:
        assert wish.exam_id is not None
        exam_id = wish.exam_id
        while True:
            exam = await self._request(lambda gateway: gateway.status(exam_id))
            if exam is not None and exam.status in TERMINAL:
                return Status(exam.status)
            await asyncio.sleep(5.0)

    async def _request(self, serve: Callable[[GatewayProcess], Any]) -> Any:
        """The answer of the gateway; None when it, or its process, failed."""
        gateway = self.processes[0]
        assert isinstance(gateway, GatewayProcess)
        if gateway.is_dead:
            return None
        serving = gateway.begin(serve(gateway))
        await asyncio.wait({serving})
        return None if serving.cancelled() or serving.exception() else serving.result()

    async def _wait_for_peace(self, customers: list[asyncio.Task[None]]) -> None:
        """Until nothing is left to do, or nothing will ever be done."""
        while self.loop.time() < _PATIENCE_SECONDS:
            await asyncio.sleep(10.0)
            if all(customer.done() for customer in customers) and self._is_over():
                break
        for customer in customers:
            if customer.done():
                customer.result()

    def _is_over(self) -> bool:
        server = self.story.server
        return (
            all(row["status"] in TERMINAL for row in server.table("exams").values())
            and not any(r["published_at"] is None for r in server.table("outbox").values())
            and self.story.exchange.is_empty
        )

    # Faults.

    def _any(self, kind: type[Process]) -> Process:
        return self.rng.choice([p for p in self.processes if isinstance(p, kind)])

    async def _worker(self) -> Process:
        """One that works, if there is one soon: with idle ones little can go wrong."""
        for _ in range(100):
            busy = [p for p in self.processes if self.story.exchange.unacknowledged.get(p)]
            if busy:
                return self.rng.choice(busy)
            await asyncio.sleep(0.2)
        return self._any(WorkerProcess)

    async def kill_worker(self) -> None:
        self._die(await self._worker())

    async def kill_relay(self) -> None:
        self._die(self._any(RelayProcess))

    async def kill_gateway(self) -> None:
        self._die(self._any(GatewayProcess))

    async def pause_worker(self) -> None:
        rng = self.rng
        # Mostly until the next worker is at it, and the exam is not yet over.
        longest = rng.choice((LEASE_SECONDS - 5, LEASE_SECONDS + 20, LEASE_SECONDS + 20, 90.0))
        (await self._worker()).pause(rng.uniform(longest / 2, longest))

    async def pause_relay(self) -> None:
        self._any(RelayProcess).pause(self.rng.uniform(5.0, 200.0))

    async def cut_database(self) -> None:
        for process in self.processes:
            process.database.cut()

    async def lose_statements(self) -> None:
        self.network.unsent = self.network.unanswered = self.rng.choice((0.02, 0.2))
        await asyncio.sleep(self.rng.uniform(1.0, 20.0))
        self.network.unsent = self.network.unanswered = 0.0

    async def take_database_away(self) -> None:
        self.network.is_database_away = True
        await asyncio.sleep(self.rng.uniform(1.0, 60.0))
        self.network.is_database_away = False

    async def lose_publications(self) -> None:
        self.network.unpublished = self.rng.choice((0.2, 0.9))
        await asyncio.sleep(self.rng.uniform(1.0, 20.0))
        self.network.unpublished = 0.0

    async def lose_notifications(self) -> None:
        self.network.unheard = 1.0
        await asyncio.sleep(self.rng.uniform(1.0, 60.0))
        self.network.unheard = 0.0

    async def disconnect_broker(self) -> None:
        self.story.exchange.disconnect_all()

    async def empty_broker(self) -> None:
        self.story.exchange.lose_everything()

    async def take_broker_away(self) -> None:
        self.story.exchange.is_away = True
        await asyncio.sleep(self.rng.uniform(1.0, 60.0))
        self.story.exchange.disconnect_all()
        self.story.exchange.come_back()


_FAULTS: dict[str, Callable[[Simulation], Any]] = {
    "kill_worker": Simulation.kill_worker,
    "kill_relay": Simulation.kill_relay,
    "kill_gateway": Simulation.kill_gateway,
    "pause_worker": Simulation.pause_worker,
    "pause_relay": Simulation.pause_relay,
    "cut_database": Simulation.cut_database,
    "lose_statements": Simulation.lose_statements,
    "take_database_away": Simulation.take_database_away,
    "lose_publications": Simulation.lose_publications,
    "lose_notifications": Simulation.lose_notifications,
    "disconnect_broker": Simulation.disconnect_broker,
    "empty_broker": Simulation.empty_broker,
    "take_broker_away": Simulation.take_broker_away,
}


def _counted() -> tuple[float, float]:
    """Leases that ran out and tasks that were sent again, since the process began."""
    return metrics.LEASES_EXPIRED._value.get(), metrics.TASKS_REDRIVEN._value.get()
