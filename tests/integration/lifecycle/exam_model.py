"""What an exam should be after each step: a small model without a database.

It knows who may do what when. It knows nothing of rows, transactions or messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from shared.contract.stages import RETRYABLE, SPECS, TERMINAL, Stage, Status, status_before
from tests.chaos.quick_stages import pages_of

#: How a worker's attempt ends.
Ending = Literal["done", "failed", "refused", "vanished"]
TaskKey = tuple[int, Stage, int]
_ORDER = tuple(SPECS)
_FIRST_ANSWERS = ("A", "A")


def student_of(content: int) -> str:
    """Whose exam has this content."""
    return f"student-{content}"


class Refused(Exception):
    """The exam's state does not allow what was asked."""


@dataclass
class ModelTask:
    """A task with the worker that holds it. ``holder`` numbers the attempts of all tasks."""

    state: Literal["pending", "running", "done", "dead"] = "pending"
    holder: int = 0
    is_expired: bool = False
    attempt: int = 0
    crashes: int = 0
    crashes_alone: int = 0
    is_alone: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in {"pending", "running"}


@dataclass(frozen=True)
class Attempt:
    """A worker's hold of a task; ``changes`` are the answers that it has loaded."""

    key: TaskKey
    holder: int
    answers: tuple[str, ...]


@dataclass
class ModelExam:
    """One exam. Every method is one step that somebody may take."""

    exam_id: str
    content: int
    run: int = 1
    status: Status = Status.UPLOADED
    is_flagged: bool = False
    is_gone: bool = False
    is_erased: bool = False
    tasks: dict[TaskKey, ModelTask] = field(default_factory=dict)
    has_pages: bool = False
    read: set[int] = field(default_factory=set)
    answers: tuple[str, ...] = _FIRST_ANSWERS
    analysed: tuple[str, ...] | None = None
    reports: dict[int, tuple[str, ...]] = field(default_factory=dict)
    #: Dead letters: the run of each.
    letters: list[int] = field(default_factory=list)
    _attempts: int = 0

    def __post_init__(self) -> None:
        self.tasks[1, Stage.INGEST, 0] = ModelTask()

    @property
    def pages(self) -> int:
        return pages_of(student_of(self.content))

    @property
    def has_ended(self) -> bool:
        return self.is_gone or self.status in TERMINAL

    @property
    def is_worked_on(self) -> bool:
        return any(
            task.state == "running" and not task.is_expired
            for (run, _, _), task in self.tasks.items()
            if run == self.run
        )

    # What workers and the relay do.

    def take(self, key: TaskKey) -> Attempt | None:
        """A worker takes the task; None when there is nothing for it to do."""
        run, stage, _ = key
        if self.has_ended or run != self.run:
            return None
        if self.is_flagged:
            self._end(Status.CANCELLED)
            return None
        task = self.tasks[key]
        if task.state == "running" and task.is_expired:
            self._count_crash(task)
        elif task.state != "pending":
            return None
        self._attempts += 1
        task.state, task.holder, task.is_expired = "running", self._attempts, False
        task.attempt += 1
        task.is_alone = False
        if task.crashes_alone >= SPECS[stage].max_crashes:
            self._fail(task, is_letter=True)
            return None
        task.is_alone = task.crashes > 0
        self.status = SPECS[stage].working
        return Attempt(key, self._attempts, self.answers)

    def give(self, attempt: Attempt, ending: Ending) -> None:
        """The worker's attempt ends."""
        run, stage, page = attempt.key
        if self.is_gone:
            return
        task = self.tasks[attempt.key]
        is_ours = task.state == "running" and task.holder == attempt.holder
        if ending == "vanished":
            task.is_expired = True
        elif self.has_ended or run != self.run:
            return
        elif not is_ours:
            # It is alive, so its lease did not end by a crash.
            task.crashes = max(task.crashes - 1, 0)
            task.crashes_alone = max(task.crashes_alone - 1, 0)
        elif ending == "done":
            task.state = "done"
            self._save(stage, page, attempt.answers)
            if self.is_flagged:
                self._end(Status.CANCELLED)
            else:
                self._hand_on(stage)
        elif ending == "refused":
            self._fail(task, is_letter=False)
        elif task.attempt - task.crashes >= SPECS[stage].max_attempts:
            self._fail(task, is_letter=True)
        else:
            task.state = "pending"

    def stall(self, key: TaskKey) -> None:
        """The worker stands still for longer than its lease."""
        self.tasks[key].is_expired = True

    def reap(self) -> None:
        """The relay takes expired leases back."""
        for task in self.tasks.values():
            if task.state == "running" and task.is_expired:
                self._count_crash(task)
                task.state, task.holder, task.is_expired = "pending", 0, False

    # What people do. Each raises Refused.

    def cancel(self, *, is_erasing: bool) -> None:
        if self.status in TERMINAL:
            raise Refused
        if self.is_worked_on and not is_erasing:
            self.is_flagged = True
            return
        self._end(Status.CANCELLED)
        if is_erasing:
            self.is_erased, self.has_pages, self.analysed = True, False, None
            self.read.clear()
            self.reports.clear()

    def retry(self, from_stage: Stage | None) -> None:
        if self.status not in RETRYABLE or self.is_erased:
            raise Refused
        unfinished = self._first_unfinished()
        if from_stage is not None:
            if _ORDER.index(from_stage) > _ORDER.index(unfinished):
                raise Refused
            self._begin_run(from_stage)
        elif unfinished is not Stage.OCR:
            self._begin_run(unfinished)
        elif len(self.read) == self.pages:
            self._begin_run(Stage.PARSING)
        else:
            unread = [n for n in range(1, self.pages + 1) if n not in self.read]
            self._begin_run(Stage.OCR, unread)

    def replay(self, run: int) -> None:
        if run != self.run or self.status is not Status.FAILED:
            raise Refused
        self.letters.remove(run)
        self.retry(None)

    def correct(self, ordinal: int, answer: str) -> None:
        if not self.is_correctable:
            raise Refused
        answers = list(self.answers)
        answers[ordinal - 1] = answer
        self.answers = tuple(answers)
        self._begin_run(Stage.ANALYSIS)

    @property
    def is_correctable(self) -> bool:
        if self.analysed is None or self.status in {
            Status.UPLOADED,
            Status.OCR_PROCESSING,
            Status.OCR_COMPLETED,
            Status.PARSING,
        }:
            return False
        is_parsed = _ORDER.index(self._first_unfinished()) > _ORDER.index(Stage.PARSING)
        return self.status not in RETRYABLE or is_parsed

    def delete(self) -> None:
        self.is_gone = True
        self.letters.clear()

    def become(self, other: "ModelExam") -> None:
        """Go on as ``other``, a copy that has taken further steps."""
        vars(self).update(vars(other))

    # What follows from that.

    def _of_run(self) -> Iterator[tuple[Stage, ModelTask]]:
        for (run, stage, _), task in self.tasks.items():
            if run == self.run:
                yield stage, task

    def _first_unfinished(self) -> Stage:
        found = list(self._of_run())
        for stage in _ORDER:
            if any(task.state != "done" for of, task in found if of is stage):
                return stage
        last = max((stage for stage, _ in found), key=_ORDER.index)
        return SPECS[last].successor or last

    def _begin_run(self, stage: Stage, pages: list[int] | None = None) -> None:
        self._drop_unfinished()
        self.run += 1
        self.status, self.is_flagged = status_before(stage), False
        numbers = [0]
        if SPECS[stage].is_per_page:
            numbers = pages or list(range(1, self.pages + 1))
        for number in numbers:
            self.tasks[self.run, stage, number] = ModelTask()

    def _save(self, stage: Stage, page: int, answers: tuple[str, ...]) -> None:
        if stage is Stage.INGEST:
            self.has_pages = True
            self.read.clear()
        elif stage is Stage.OCR:
            self.read.add(page)
        elif stage is Stage.ANALYSIS:
            self.analysed = answers
        elif stage is Stage.REPORT:
            assert self.analysed is not None
            self.reports[self.run] = self.analysed

    def _hand_on(self, stage: Stage) -> None:
        spec = SPECS[stage]
        if any(task.state != "done" for of, task in self._of_run() if of is stage):
            return
        self.status = spec.done
        if spec.done in TERMINAL:
            self._drop_unfinished()
        if spec.successor is not None:
            is_per_page = SPECS[spec.successor].is_per_page
            for page in range(1, self.pages + 1) if is_per_page else (0,):
                self.tasks[self.run, spec.successor, page] = ModelTask()

    def _fail(self, task: ModelTask, *, is_letter: bool) -> None:
        task.state = "dead"
        if is_letter:
            self.letters.append(self.run)
        self._end(Status.FAILED)

    def _end(self, status: Status) -> None:
        self.status = status
        self._drop_unfinished()

    def _drop_unfinished(self) -> None:
        for _, task in self._of_run():
            if task.is_open:
                task.state = "dead"

    @staticmethod
    def _count_crash(task: ModelTask) -> None:
        task.crashes += 1
        task.crashes_alone += task.is_alone
