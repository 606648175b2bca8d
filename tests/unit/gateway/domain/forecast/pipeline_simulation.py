"""A pipeline in virtual time: what an estimator sees of it, and what then comes true."""

import heapq
import random
from collections import deque
from dataclasses import dataclass, field

from services.gateway.domain.forecast.estimates import ExamState, Line, published_seconds
from services.gateway.domain.forecast.pace import Span, mean_pages, pace_of
from shared.contract.stages import SPECS, Stage, Status

#: Stages that share workers, as services do, and how many workers each group has.
WORKERS: dict[tuple[Stage, ...], int] = {
    (Stage.INGEST,): 2,
    (Stage.OCR,): 4,
    (Stage.PARSING,): 2,
    (Stage.ANALYSIS, Stage.DIAGNOSTIC): 2,
    (Stage.REPORT, Stage.COMPLETION): 2,
}
SECONDS = dict(zip(SPECS, (0.4, 1.2, 0.3, 0.15, 0.1, 0.5, 0.02), strict=True))
#: Between these times pass before a task that is due reaches a worker.
QUICK_HANDOVERS = (0.08, 0.08)
SLOW_HANDOVERS = (0.4, 1.2)


@dataclass
class Task:
    exam: "SimulatedExam"
    stage: Stage
    due: float
    started: float = 0.0


@dataclass
class SimulatedExam:
    number: int
    pages: int
    came: float
    status: Status = Status.UPLOADED
    pages_total: int = 0
    pages_done: int = 0
    ended: float | None = None
    #: The task that is worked on, where it is the only one of its stage.
    working: Task | None = None
    told: list[tuple[float, int]] = field(default_factory=list)
    #: Its status at each of these times.
    seen: list[Status] = field(default_factory=list)

    @property
    def state(self) -> ExamState:
        turn = (self.number, self.came)
        return ExamState(str(self.number), 1, turn, self.status, self.pages_total, self.pages_done)


class Simulation:
    """First come, first served at every group of workers; everything else is the estimator's."""

    def __init__(self, seed: int, handovers: tuple[float, float] = QUICK_HANDOVERS) -> None:
        self._rng = random.Random(seed)  # noqa: S311 -- chance is to repeat itself
        self._handovers = handovers
        self._events: list[tuple[float, int, str, object]] = []
        self._count = 0
        self._queues: dict[tuple[Stage, ...], deque[Task]] = {group: deque() for group in WORKERS}
        self._free = dict(WORKERS)
        self._finished: dict[Stage, deque[tuple[float, float, float]]] = {
            stage: deque(maxlen=100) for stage in SPECS
        }
        self._line = Line({}, 1.0)
        self.exams: list[SimulatedExam] = []
        self.now = 0.0

    def run(self, exams: int, seconds: float) -> list[SimulatedExam]:
        """Let ``exams`` come within ``seconds`` from now and all of them end; those that came."""
        came = [
            SimulatedExam(
                len(self.exams) + n, self._rng.randint(1, 4), self.now + n * seconds / exams
            )
            for n in range(exams)
        ]
        for exam in came:
            self._at(exam.came, "come", exam)
        self._at(self.now, "look", None)
        while any(exam.ended is None for exam in came):
            self.now, _, kind, subject = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(subject)
        return came

    def _at(self, when: float, kind: str, subject: object) -> None:
        self._count += 1
        heapq.heappush(self._events, (when, self._count, kind, subject))

    def _come(self, exam: SimulatedExam) -> None:
        self.exams.append(exam)
        self._enqueue(exam, Stage.INGEST, 1)
        self._at(self.now, "poll", exam)

    def _enqueue(self, exam: SimulatedExam, stage: Stage, tasks: int) -> None:
        for _ in range(tasks):
            handover = self._rng.uniform(*self._handovers)
            self._at(self.now + handover, "arrive", Task(exam, stage, self.now))

    def _arrive(self, task: Task) -> None:
        group = next(group for group in WORKERS if task.stage in group)
        self._queues[group].append(task)
        self._serve(group)

    def _serve(self, group: tuple[Stage, ...]) -> None:
        while self._free[group] and self._queues[group]:
            task = self._queues[group].popleft()
            self._free[group] -= 1
            task.started = self.now
            exam, spec = task.exam, SPECS[task.stage]
            exam.status = spec.working
            exam.working = None if spec.is_per_page and exam.pages_total > 1 else task
            seconds = SECONDS[task.stage] * self._rng.uniform(0.7, 1.3)
            self._at(self.now + seconds, "end", (group, task))

    def _end(self, subject: tuple[tuple[Stage, ...], Task]) -> None:
        group, task = subject
        exam, spec = task.exam, SPECS[task.stage]
        self._free[group] += 1
        self._finished[task.stage].append((task.due, task.started, self.now))
        exam.working = None
        if task.stage is Stage.INGEST:
            exam.pages_total = exam.pages
            self._enqueue(exam, Stage.OCR, exam.pages)
        elif task.stage is Stage.OCR and exam.pages_done + 1 < exam.pages:
            exam.pages_done += 1
        else:
            if task.stage is Stage.OCR:
                exam.pages_done += 1
            exam.status = spec.done
            if spec.successor is None:
                exam.ended = self.now
            else:
                self._enqueue(exam, spec.successor, 1)
        self._serve(group)

    def _poll(self, exam: SimulatedExam) -> None:
        if exam.ended is not None:
            return
        worked = 0.0 if exam.working is None else self.now - exam.working.started
        last = exam.told[-1][1] if exam.told else None
        seconds = self._line.forecast(exam.state, worked).seconds
        exam.told.append((self.now, published_seconds(seconds, last)))
        exam.seen.append(exam.status)
        self._at(self.now + 1.0, "poll", exam)

    def _look(self, _: object) -> None:
        """What the gateway does every two seconds."""
        spans = {
            stage: [
                Span(self.now - due, self.now - started, self.now - ended)
                for due, started, ended in found
            ]
            for stage, found in self._finished.items()
        }
        paces = {stage: pace for stage, found in spans.items() if (pace := pace_of(found))}
        open_exams = [exam for exam in self.exams if exam.ended is None]
        known = [exam.pages_total for exam in open_exams if exam.pages_total]
        running = dict.fromkeys(SPECS, 0)
        for _, _, kind, subject in self._events:
            if kind == "end":
                running[subject[1].stage] += 1  # type: ignore[index]
        pages = mean_pages(known, spans[Stage.OCR], spans[Stage.PARSING])
        self._line = Line(paces, pages, [exam.state for exam in open_exams], running)
        if open_exams or not self.exams or any(kind == "come" for _, _, kind, _ in self._events):
            self._at(self.now + 2.0, "look", None)
