"""What people do to an exam's run: cancel it, run it again, bring a dead letter back."""

from typing import Literal

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import (
    RETRYABLE,
    SPECS,
    TERMINAL,
    Stage,
    Status,
    status_before,
)
from shared.db.repositories.dead_letters import DeadLetter
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.task_creation import enqueue

_ORDER: tuple[Stage, ...] = tuple(SPECS)
#: Statuses in which the questions of this run are not known, or never will be.
_READING = frozenset(
    {
        Status.UPLOADED,
        Status.OCR_PROCESSING,
        Status.OCR_COMPLETED,
        Status.PARSING,
        Status.DUPLICATE,
    }
)


class RunConflict(Exception):
    """The exam's state does not allow what was asked; ``code`` says why.

    Codes: ``conflict`` (it has ended), ``not_retryable``, ``stage_not_reached``,
    ``not_correctable``, ``dead_letter_resolved``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def cancel(uow: UnitOfWork, exam: Exam, *, is_final: bool = False) -> Exam:
    """End ``exam``, whose row the caller has locked.

    Queued work is dropped at once. While a worker holds a task, the exam keeps its status. It
    becomes CANCELLED at that worker's next check. With ``is_final`` it is CANCELLED at once, and
    the worker's output is thrown away. Raises RunConflict.
    """
    if exam.status in TERMINAL:
        raise RunConflict("conflict")
    await uow.exams.request_cancel(exam)
    if not is_final and await uow.runs.is_worked_on(exam.id, exam.run):
        return exam.model_copy(update={"is_cancel_requested": True})
    return await uow.exams.move(exam, Status.CANCELLED)


async def retry(
    uow: UnitOfWork,
    exam: Exam,
    from_stage: Stage | None = None,
    *,
    traceparent: str | None = None,
) -> Exam:
    """Begin a new run of a failed or cancelled exam, whose row the caller has locked.

    Without ``from_stage`` the work resumes at the first unfinished stage and keeps every page
    that was read. With it everything from that stage on is done again. Raises RunConflict.
    """
    if exam.status not in RETRYABLE:
        raise RunConflict("not_retryable")
    unfinished = await first_unfinished_stage(uow, exam)
    if from_stage is not None:
        if _ORDER.index(from_stage) > _ORDER.index(unfinished):
            raise RunConflict("stage_not_reached")
        return await start_run(uow, exam, from_stage, traceparent=traceparent)
    if unfinished is not Stage.OCR:
        return await start_run(uow, exam, unfinished, traceparent=traceparent)
    unread = await uow.runs.unread_pages(exam.id, exam.run)
    if not unread:
        # A cancel came between the last page's text and its hand-over.
        return await start_run(uow, exam, Stage.PARSING, traceparent=traceparent)
    return await start_run(uow, exam, Stage.OCR, pages=unread, traceparent=traceparent)


async def analyse_again(uow: UnitOfWork, exam: Exam, *, traceparent: str | None = None) -> Exam:
    """Begin a run that scores ``exam`` anew, whose row the caller has locked.

    Nothing is read again. A run that is past parsing is superseded, so that corrections in quick
    succession do not wait for each other. Raises RunConflict ``not_correctable`` when the
    paper is being read or was never read to its end.
    """
    if exam.status in _READING:
        raise RunConflict("not_correctable")
    if exam.status in RETRYABLE:
        unfinished = await first_unfinished_stage(uow, exam)
        if _ORDER.index(unfinished) <= _ORDER.index(Stage.PARSING):
            raise RunConflict("not_correctable")
    if exam.status not in TERMINAL:
        # Left open, the relay would look for their messages for ever.
        await uow.tasks.drop_unfinished(exam.id, exam.run)
    return await start_run(uow, exam, Stage.ANALYSIS, traceparent=traceparent)


async def analyse_settled(
    uow: UnitOfWork, exam: Exam, rest_seconds: float, *, traceparent: str | None = None
) -> Exam:
    """Like ``analyse_again``, but the run rests first, and corrections in that time share it.

    Every further call begins the rest anew; 0 ends it. So a review of many questions scores each
    exam once. Raises RunConflict ``not_correctable``.
    """
    task = StageTask(exam_id=exam.id, run=exam.run, stage=Stage.ANALYSIS)
    if exam.status is status_before(Stage.ANALYSIS) and await uow.tasks.postpone(
        task, rest_seconds
    ):
        return exam
    exam = await analyse_again(uow, exam, traceparent=traceparent)
    await uow.tasks.postpone(task.model_copy(update={"run": exam.run}), rest_seconds)
    return exam


async def end_rest(uow: UnitOfWork, exam: Exam) -> None:
    """Score at once what rests; nothing happens to an exam that does not."""
    if exam.status is status_before(Stage.ANALYSIS):
        task = StageTask(exam_id=exam.id, run=exam.run, stage=Stage.ANALYSIS)
        await uow.tasks.postpone(task, 0.0)


async def start_run(
    uow: UnitOfWork,
    exam: Exam,
    stage: Stage,
    *,
    pages: tuple[int, ...] | None = None,
    traceparent: str | None = None,
) -> Exam:
    """Begin the next run at ``stage``, superseding the present one; of OCR only ``pages``."""
    numbers: tuple[int, ...] = (0,)
    pages_done = 0 if stage is Stage.INGEST else exam.pages_total
    if SPECS[stage].is_per_page:
        known = await uow.pages.numbers(exam.id, exam.run)
        numbers = known if pages is None else pages
        pages_done = len(known) - len(numbers)
    exam = await uow.exams.start_run(exam, status_before(stage), stage=stage, pages_done=pages_done)
    if SPECS[stage].is_per_page and exam.pages_total != pages_done + len(numbers):
        # A cancel came between the making of the pages and their hand-over: none is read yet.
        exam = await uow.exams.set_pages_total(exam, len(numbers))
    await enqueue(uow, exam, stage, pages=numbers, traceparent=traceparent)
    return exam


async def first_unfinished_stage(uow: UnitOfWork, exam: Exam) -> Stage:
    """Where the present run stopped. Stages before its first task were taken over as done."""
    progress = await uow.runs.progress(exam.id, exam.run)
    if not progress:
        return Stage.INGEST
    for stage in progress:
        if not stage.is_done:
            return stage.stage
    successor = SPECS[progress[-1].stage].successor
    # Every task is done and none follows when a cancel came in between.
    return successor or progress[-1].stage


async def replay(uow: UnitOfWork, letter: DeadLetter, *, traceparent: str | None = None) -> Exam:
    """Resume the exam behind ``letter`` at the stage that died; pages already read are kept.

    Raises RunConflict when the letter was resolved or the exam has moved on since.
    """
    exam = await uow.exams.lock(letter.exam_id)
    if exam is None or exam.run != letter.run or exam.status is not Status.FAILED:
        raise RunConflict("dead_letter_resolved")
    await _resolve(uow, letter, "replayed")
    return await retry(uow, exam, traceparent=traceparent)


async def discard(uow: UnitOfWork, letter: DeadLetter) -> None:
    """Decide that ``letter`` stays undone; its exam stays FAILED. Raises RunConflict."""
    await _resolve(uow, letter, "discarded")


async def _resolve(
    uow: UnitOfWork, letter: DeadLetter, resolution: Literal["replayed", "discarded"]
) -> None:
    if not await uow.dead_letters.resolve(letter.id, resolution):
        raise RunConflict("dead_letter_resolved")
