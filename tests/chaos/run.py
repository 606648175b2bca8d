"""One chaos run: submissions and faults at the same time, then the account."""

import asyncio
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from examlens.client import ExamLensClient, ExamLensError, GatewayUnreachable
from tests.chaos.account import Account, settle_accounts, unfinished
from tests.chaos.faults import Fault
from tests.chaos.world import World, running_world

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)


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
            accepted: dict[str, str] = {}
            submitting = threading.Thread(target=self._submit_all, args=(world, accepted))
            submitting.start()
            self._inject(world)
            submitting.join()
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

    def _submit_all(self, world: World, accepted: dict[str, str]) -> None:
        rng = random.Random(self.seed)
        kinds = [rng.choice(self.behaviours) for _ in range(self.exams)]
        for index in rng.sample(range(self.exams), min(self.deadly, self.exams)):
            kinds[index] = "deadly"
        started = time.monotonic()
        # A submission whose gateway was killed has to wait until its key is given up.
        with ThreadPoolExecutor(max_workers=16) as pool:
            submissions = {}
            for index, kind in enumerate(kinds):
                reference = f"{kind}-{self.seed}-{index}"
                submissions[reference] = pool.submit(self._submit_one, world, reference)
                due = started + self.seconds * (index + 1) / self.exams
                time.sleep(max(due - time.monotonic(), 0))
        accepted |= {future.result(): reference for reference, future in submissions.items()}

    def _submit_one(self, world: World, reference: str) -> str:
        """Submit until it is accepted; the idempotency key makes repeating harmless."""
        deadline = time.monotonic() + 180
        while True:
            try:
                with ExamLensClient(world.address, world.key, timeout_seconds=10) as client:
                    return client.submit(
                        [_PNG + reference.encode()],
                        student_ref=reference,
                        force=True,
                        idempotency_key=reference,
                    ).exam_id
            except (GatewayUnreachable, ExamLensError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _inject(self, world: World) -> None:
        rng = random.Random(self.seed + 1)
        faults = list(self.faults)
        rng.shuffle(faults)
        started = time.monotonic()
        for number, fault in enumerate(faults):
            due = started + self.seconds * (number + rng.random()) / len(faults)
            time.sleep(max(due - time.monotonic(), 0))
            done = fault(world, rng)
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
