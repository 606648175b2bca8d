"""Estimates for all clients from one look at the database every few seconds."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from services.gateway.domain.forecast.estimates import (
    ExamState,
    Forecast,
    Line,
    published_seconds,
    turns,
)
from services.gateway.domain.forecast.pace import Span, mean_pages, pace_of
from shared.contract.exams import Exam
from shared.contract.stages import SPECS, TERMINAL, Stage
from shared.db.database import DATABASE_ERRORS, Database
from shared.db.repositories.workload import FinishedTask, UnfinishedExam
from shared.observability.log_setup import error_site

log = structlog.get_logger(__name__)

_MAX_EXAMS = 20_000
_SPANS_PER_STAGE = 100
_MAX_REMEMBERED = 20_000
#: Longest wait for a look, which stands behind the waits of all that came before.
_LOOK_SECONDS = 30.0
#: Requests wait for a new look when the last one is older than this many times the wanted age.
_PATIENCE = 3.0


class Forecasts:
    """The remaining time and queue position of exams, at most ``fresh_seconds`` behind."""

    def __init__(
        self, database: Database, fresh_seconds: float, look_seconds: float = _LOOK_SECONDS
    ) -> None:
        self._database, self._fresh_seconds = database, fresh_seconds
        self._look_seconds = look_seconds
        self._lock = asyncio.Lock()
        self._looked_at = float("-inf")
        self._line = Line({}, 1.0)
        self._looking: asyncio.Task[None] | None = None
        self._turns: dict[str, int] = {}
        self._newcomers: dict[str, int] = {}
        self._told: OrderedDict[tuple[str, int], int] = OrderedDict()

    def of(self, exam: Exam, worked_seconds: float = 0.0) -> Forecast:
        """The forecast of ``exam``, in whole seconds that never rise by more than a third.

        It rests on the last look. Call ``refresh`` first, while no connection is held.
        """
        if exam.status in TERMINAL:
            self._told.pop((exam.id, exam.run), None)
            return Forecast(0.0, 0)
        state = ExamState(
            exam_id=exam.id,
            priority=exam.priority,
            turn=(self._turn_of(exam), exam.created_at.timestamp()),
            status=exam.status,
            pages_total=exam.pages_total,
            pages_done=exam.pages_done,
        )
        found = self._line.forecast(state, worked_seconds, self._newcomers.get(exam.id, 0))
        return Forecast(self._tell((exam.id, exam.run), found.seconds), found.tasks_ahead)

    def _turn_of(self, exam: Exam) -> int:
        turn = self._turns.get(exam.id)
        if turn is not None:
            return turn
        # The exam is newer than the look. It stands behind all that were seen, and behind newcomers
        # that came before it.
        self._newcomers.setdefault(exam.id, len(self._newcomers))
        return len(self._turns)

    def _tell(self, key: tuple[str, int], seconds: float) -> int:
        told = published_seconds(seconds, self._told.get(key))
        self._told[key] = told
        self._told.move_to_end(key)
        if len(self._told) > _MAX_REMEMBERED:
            self._told.popitem(last=False)
        return told

    async def refresh(self) -> None:
        """Make sure that the last look is recent.

        When it is only a little older than ``fresh_seconds``, the next look runs beside the
        requests and nobody waits for it. Raises TimeoutError when the database does not answer.
        """
        age = time.monotonic() - self._looked_at
        if age <= self._fresh_seconds:
            return
        if age <= _PATIENCE * self._fresh_seconds:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look_beside(), name="forecasts")
            return
        await self._look()

    async def _look_beside(self) -> None:
        try:
            await self._look()
        except DATABASE_ERRORS as error:
            log.warning("forecasts.look_failed", error=error_site(error))

    async def _look(self) -> None:
        async with asyncio.timeout(self._look_seconds), self._lock:
            if time.monotonic() - self._looked_at <= self._fresh_seconds:
                return
            async with self._database.transaction() as uow:
                now = await uow.workload.now()
                finished = await uow.workload.finished(_SPANS_PER_STAGE)
                unfinished = await uow.workload.unfinished(_MAX_EXAMS)
                running = await uow.workload.running()
            places = turns((exam.tenant_id, exam.priority) for exam in unfinished)
            # A long backlog takes a while to count, and nobody else should have to wait for it.
            line = await asyncio.to_thread(
                _line, _Facts(now, finished, unfinished, running), places
            )
            self._turns = {exam.id: turn for exam, turn in zip(unfinished, places, strict=True)}
            self._newcomers = {}
            self._line = line
            self._looked_at = time.monotonic()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What one look at the database found."""

    now: datetime
    finished: tuple[FinishedTask, ...]
    unfinished: tuple[UnfinishedExam, ...]
    running: Mapping[Stage, int]


def _line(facts: _Facts, places: list[int]) -> Line:
    spans: dict[Stage, list[Span]] = {stage: [] for stage in SPECS}
    for task in facts.finished:
        spans[task.stage].append(
            Span(
                due=(facts.now - task.due_at).total_seconds(),
                started=(facts.now - task.started_at).total_seconds(),
                ended=(facts.now - task.finished_at).total_seconds(),
            )
        )
    paces = {stage: pace for stage, found in spans.items() if (pace := pace_of(found)) is not None}
    states = [
        ExamState(
            exam_id=exam.id,
            priority=exam.priority,
            turn=(turn, exam.created_at.timestamp()),
            status=exam.status,
            pages_total=exam.pages_total,
            pages_done=exam.pages_done,
        )
        for exam, turn in zip(facts.unfinished, places, strict=True)
    ]
    known = [exam.pages_total for exam in facts.unfinished if exam.pages_total]
    pages = mean_pages(known, spans[Stage.OCR], spans[Stage.PARSING])
    return Line(paces, pages, states, dict(facts.running))
