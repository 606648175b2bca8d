"""Stages that do nothing but take their time, fail as they are told, and leave a trace."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, PageText
from shared.contract.stages import Stage
from shared.db.unit_of_work import UnitOfWork
from tests.simulation.database import ModelUnitOfWork
from tests.simulation.server import Row
from tests.simulation.task_rows import key_of

#: Before a stage begins, what has to be there; after the first ones, what the one before wrote.
_BEFORE = {
    Stage.ANALYSIS: Stage.PARSING,
    Stage.DIAGNOSTIC: Stage.ANALYSIS,
    Stage.REPORT: Stage.DIAGNOSTIC,
    Stage.COMPLETION: Stage.REPORT,
}


class Injected(Exception):
    """An attempt fails because the story wants it."""


@dataclass
class Plan:
    """How work goes, for all workers; what happened is counted by task."""

    rng: random.Random
    pages: dict[str, int] = field(default_factory=dict)
    #: Exams whose input is refused, and such that end the process that reads them.
    bad: set[str] = field(default_factory=set)
    deadly: set[str] = field(default_factory=set)
    #: Shares of attempts that fail, and that take longer than a lease.
    failing: float = 0.0
    slow: float = 0.0
    #: The longest that other attempts take.
    pace_seconds: float = 1.0
    failed: Counter[Any] = field(default_factory=Counter)
    begun: Counter[Any] = field(default_factory=Counter)
    #: Inputs that a stage did not find.
    missing: list[str] = field(default_factory=list)


class SimulatedStage:
    """Any stage of a process that ``kill`` ends."""

    def __init__(self, stage: Stage, plan: Plan, kill: Callable[[], None]) -> None:
        self.stage, self._plan, self._kill = stage, plan, kill

    async def load(self, uow: UnitOfWork, task: StageTask) -> tuple[StageTask, str]:
        """The task, and what the exam's student is called."""
        assert isinstance(uow, ModelUnitOfWork)
        async with uow.tx.statement():
            self._look_for_input(uow, task)
            exam = uow.tx.get("exams", task.exam_id)
        assert exam is not None
        return task, exam["student_ref"]

    async def compute(self, work: tuple[StageTask, str]) -> Any:
        """Take some time."""
        task, student = work
        plan, rng = self._plan, self._plan.rng
        plan.begun[key_of(task)] += 1
        is_slow = rng.random() < plan.slow
        await asyncio.sleep(rng.uniform(20, 100) if is_slow else rng.random() * plan.pace_seconds)
        if student in plan.deadly and self.stage is Stage.OCR:
            self._kill()
            await asyncio.sleep(0)
        if student in plan.bad and self.stage is Stage.INGEST:
            raise PermanentFailure(FailureCode.BROKEN_IMAGE)
        if rng.random() < plan.failing:
            plan.failed[key_of(task)] += 1
            raise Injected
        if self.stage is Stage.INGEST:
            return tuple(
                PageImage(number=number, blob_key="", width_px=1, height_px=1)
                for number in range(1, plan.pages[student] + 1)
            )
        if self.stage is Stage.OCR:
            return PageText(page=task.page, width_px=1, height_px=1, lines=())
        return None

    async def save(self, uow: UnitOfWork, task: StageTask, output: Any) -> None:
        """Leave the trace of the effect; a second one is a second row."""
        assert isinstance(uow, ModelUnitOfWork)
        if self.stage is Stage.INGEST:
            await uow.pages.replace(task.exam_id, task.run, output)
        elif self.stage is Stage.OCR:
            await uow.page_texts.replace(task.exam_id, task.run, output)
        async with uow.tx.statement():
            effect: Row = {"task": key_of(task)}
            await uow.tx.append("effects", effect)

    def _look_for_input(self, uow: ModelUnitOfWork, task: StageTask) -> None:
        before = _BEFORE.get(self.stage)
        if self.stage is Stage.OCR:
            is_there = any(
                key[0] == task.exam_id and key[2] == task.page for key, _ in uow.tx.rows("pages")
            )
        elif self.stage is Stage.PARSING:
            pages = {key[2] for key, _ in uow.tx.rows("pages") if key[0] == task.exam_id}
            texts = {key[2] for key, _ in uow.tx.rows("page_texts") if key[0] == task.exam_id}
            is_there = bool(pages) and pages <= texts
        else:
            is_there = before is None or any(
                row["task"][0] == task.exam_id and row["task"][2] is before
                for _, row in uow.tx.rows("effects")
            )
        if not is_there:
            self._plan.missing.append(f"{task.stage} of {task.exam_id} found nothing to work on")
