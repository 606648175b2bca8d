"""Workers that a test stops in the middle of their work, and ends as it likes."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
from sqlalchemy import text

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.messaging.stage_runner import Outcome
from tests.chaos.quick_stages import Work
from tests.integration.lifecycle.exam_model import Attempt, Ending, ModelExam
from tests.small_world import SmallWorld

ResultT = TypeVar("ResultT")
_NOTHING_DONE = {Outcome.SUPERSEDED, Outcome.NOT_DUE}
_EXPECTED: dict[Ending, set[Outcome]] = {
    "done": {Outcome.RECORDED, Outcome.CANCELLED},
    "failed": {Outcome.POSTPONED, Outcome.EXHAUSTED},
    "refused": {Outcome.REJECTED},
}
_EXPIRE = (
    "UPDATE stage_tasks SET lease_until = clock_timestamp() WHERE exam_id = :exam_id"
    " AND run = :run AND stage = :stage AND page = :page AND state = 'running'"
)


class ProcessGone(BaseException):
    """The worker's process ends in the middle of its work."""


@dataclass
class Environment:
    """What all examples share: servers, and the loop that they are used on."""

    loop: asyncio.AbstractEventLoop
    world: SmallWorld
    http: httpx2.AsyncClient

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Do ``work`` to its end."""
        return self.loop.run_until_complete(work)


@dataclass
class Held:
    """A worker in the middle of its work."""

    exam: ModelExam
    attempt: Attempt
    go_on: asyncio.Event
    outcome: asyncio.Task[Outcome]
    is_stalled: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether the worker may still record."""
        if self.exam.has_ended or self.attempt.key not in self.exam.tasks:
            return False
        task = self.exam.tasks[self.attempt.key]
        return (task.state, task.holder) == ("running", self.attempt.holder)


@dataclass
class Workers:
    """Every outcome of the real runner is compared with what the model expects."""

    environment: Environment
    #: How the attempt that goes on now ends.
    ending: Ending = "done"
    all: list[Held] = field(default_factory=list)

    def begin(self, exam: ModelExam, task: StageTask) -> Held | None:
        """Deliver ``task`` to a worker; None when it has nothing to do."""
        was = exam.status
        attempt = exam.take((task.run, task.stage, task.page))
        go_on, outcome, is_at_work = self.environment.run(self._begin(task))
        assert is_at_work == (attempt is not None), (exam, task, outcome)
        if attempt is None:
            # The last word of an exam that a flag or too many crashes ended is that worker's.
            ended = {Outcome.CANCELLED, Outcome.REJECTED} if exam.status is not was else set()
            assert outcome.result() in (ended or _NOTHING_DONE)
            return None
        self.all.append(Held(exam, attempt, go_on, outcome))
        return self.all[-1]

    def end(self, worker: Held, ending: Ending) -> None:
        """Let the worker go on to its end."""
        self.ending, is_ours = ending, worker.is_ours
        outcome = self.environment.run(self._end(worker))
        if ending == "vanished":
            self.expire(worker)
        elif is_ours:
            assert outcome in _EXPECTED[ending], (outcome, worker)
        else:
            assert outcome in {Outcome.FENCED, Outcome.SUPERSEDED}, (outcome, worker)
        worker.exam.give(worker.attempt, ending)

    async def let_go(self, worker: Held) -> None:
        """Let the worker go on to its end, whatever becomes of it."""
        self.ending = "done"
        await self._end(worker)

    def expire(self, worker: Held) -> None:
        """Let the time of the worker's lease pass."""
        run, stage, page = worker.attempt.key
        where = {"exam_id": worker.exam.exam_id, "run": run, "stage": stage, "page": page}
        self.environment.run(self._execute(where))

    def end_all(self) -> None:
        """Let everybody do what is left."""
        for worker in self.all:
            if not worker.outcome.done():
                self.end(worker, "done")

    async def stop(self) -> None:
        """End the tasks of a run that failed."""
        for worker in self.all:
            worker.outcome.cancel()
        await asyncio.gather(*(w.outcome for w in self.all), return_exceptions=True)

    async def _begin(self, task: StageTask) -> tuple[asyncio.Event, asyncio.Task[Outcome], bool]:
        at_work, go_on = asyncio.Event(), asyncio.Event()

        async def hold(_: Work) -> None:
            at_work.set()
            await go_on.wait()
            if self.ending == "failed":
                raise RuntimeError
            if self.ending == "refused":
                raise PermanentFailure(FailureCode.BROKEN_IMAGE)
            if self.ending == "vanished":
                raise ProcessGone

        running = asyncio.create_task(self.environment.world.work(task, hold))
        waiting = asyncio.create_task(at_work.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return go_on, running, at_work.is_set()

    @staticmethod
    async def _end(worker: Held) -> Outcome | None:
        worker.go_on.set()
        try:
            return await worker.outcome
        except ProcessGone:
            return None

    async def _execute(self, where: dict[str, Any]) -> None:
        async with self.environment.world.database.transaction() as uow:
            await uow.connection.execute(text(_EXPIRE), where)
