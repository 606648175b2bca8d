"""What follows a finished task: the moves of its exam and the tasks of the successor."""

from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import PROGRESS, SPECS, StageSpec, Status, is_transition_allowed
from shared.db.repositories.exams import ForbiddenTransition
from shared.db.repositories.stage_life import HandOn, Move
from shared.messaging.task_creation import tasks_of


def what_follows(
    exam: Exam,
    task: StageTask,
    pages: tuple[int, ...] = (0,),
    *,
    lease_seconds: float | None = None,
) -> HandOn:
    """What to write behind ``task``; ``pages`` are those that its successor has tasks for.

    With ``lease_seconds`` the worker begins with the successor itself, if that has a single task.
    Raises ForbiddenTransition where the state machine has no such move.
    """
    spec = SPECS[task.stage]
    done, total, progress = exam.pages_done, exam.pages_total, exam.progress
    moves: list[Move] = []
    if spec.is_per_page:
        done += 1
        # From 10 to 20 with the pages.
        progress = max(progress, min(10 + 10 * done // max(total, 1), 19))
        moves.append(Move(exam.status, progress, task.stage, task.page))
        if done < total:
            return HandOn(tuple(moves), total, done)
    successor = None if spec.successor is None else SPECS[spec.successor]
    if successor is not None and successor.is_per_page:
        done, total = 0, len(pages)
        moves.append(Move(exam.status, progress, task.stage))
    status, progress = _enter(spec.done, spec, exam.status, progress, moves)
    if successor is None:
        return HandOn(tuple(moves), total, done)
    tasks = tasks_of(exam, successor.stage, pages=pages, traceparent=task.traceparent)
    if len(tasks) != 1:
        lease_seconds = None
    if lease_seconds is not None:
        _enter(successor.working, successor, status, progress, moves)
    return HandOn(tuple(moves), total, done, tasks, lease_seconds)


def _enter(
    new: Status, spec: StageSpec, old: Status, progress: int, moves: list[Move]
) -> tuple[Status, int]:
    """Add the move to ``new`` unless the exam is there already; status and progress behind it."""
    if new is old:
        return old, progress
    if not is_transition_allowed(old, new):
        raise ForbiddenTransition(f"{old} to {new}")
    progress = max(progress, PROGRESS.get(new, 0))
    moves.append(Move(new, progress, spec.stage))
    return new, progress
