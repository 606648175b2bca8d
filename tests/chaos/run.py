"""One chaos run: submissions and faults at the same time, then the account."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examlens.client import ExamLensClient, GatewayUnreachable
from tests.chaos.account import Account, settle_accounts, unfinished
from tests.chaos.faults import Fault
from tests.chaos.submissions import Submissions
from tests.chaos.world import World, running_world


class FaultFailed(Exception):
    """A fault could not be done, or not be undone; the run says nothing about the system."""


@dataclass
class ChaosRun:
    """``exams`` submissions spread over ``seconds`` while ``faults`` happen in a random order."""

    seed: int
    exams: int
    seconds: float
    faults: Sequence[Fault]
    settings: dict[str, str] = field(default_factory=dict)
    behaviours: Sequence[str] = ("steady",) * 12 + ("flaky", "slow", "bad")
    deadly: int = 1
    settle_seconds: float = 120.0
    consumer_timeout_ms: int = 15_000
    older: Path | None = None
    say: bool = True

    def run(self, directory: Path) -> Account:
        """Run it with everything it writes in ``directory``."""
        with running_world(
            directory,
            self.settings,
            consumer_timeout_ms=self.consumer_timeout_ms,
            older=self.older,
        ) as world:
            self._wait_for_gateway(world)
            references = self._references()
            with Submissions(
                world.address, world.key, references, seconds=self.seconds
            ) as submissions:
                self._inject(world)
                accepted = submissions.accepted()
            self._wait_until_settled(world)
            account = settle_accounts(world.database_url, accepted, directory / "log")
            return asyncio.run(account)

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
        for index in rng.sample(range(self.exams), min(self.deadly, self.exams)):
            kinds[index] = "deadly"
        return [f"{kind}-{self.seed}-{index}" for index, kind in enumerate(kinds)]

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
            if asyncio.run(unfinished(world.database_url)) == 0:
                # What was published last may still be on its way to be suppressed.
                time.sleep(1)
                return
            time.sleep(1)
