"""Exams that repeat another: found by stages that compare, ended by the stage runner."""

from typing import Any, Protocol, runtime_checkable

from shared.contract.duplicates import Duplicate
from shared.contract.exams import Exam
from shared.contract.messages import StageTask
from shared.contract.stages import Stage, Status
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork

#: An exam in one of these statuses keeps its report, whenever it was accepted.
_HAS_REPORT = frozenset({Status.REPORT_GENERATED, Status.COMPLETED})


@runtime_checkable
class ComparingStage(Protocol):
    """A stage that also looks for exams that are the same, as its output shows.

    After ``compute``, ``announce`` runs in a short transaction of its own, then ``compare`` without
    one.
    """

    #: The layer of duplicates that it stands for.
    duplicate_layer: int

    async def announce(self, uow: UnitOfWork, exam: Exam, output: Any, /) -> Any:
        """Write down what identifies the exam, then return the known exams that come near it."""
        ...

    async def compare(self, output: Any, known: Any, /) -> tuple[str, ...]:
        """The ids of those among ``known`` that are the same; may be slow."""
        ...


async def find_twins(
    database: Database, stage: ComparingStage, task: StageTask, output: Any
) -> tuple[str, ...]:
    """Announce the exam, then compare it. A forced exam is only announced."""
    async with database.transaction() as uow:
        exam = await uow.exams.get(task.exam_id)
        await uow.likenesses.take_turn(exam)
        known = await stage.announce(uow, exam, output)
    return () if exam.is_forced else await stage.compare(output, known)


async def is_duplicate(uow: UnitOfWork, exam: Exam, stage: Any, twins: tuple[str, ...]) -> bool:
    """Whether ``exam``, whose row is locked, ends here. Exams that repeat it are marked.

    Of two exams the one accepted first stays, unless the other has its report already. Both decide
    alike, whichever records first. So they never end as duplicates of each other. Rows are only
    ever written from the earlier to the later exam, so nobody waits in a circle.
    """
    if exam.duplicate is not None:
        return True
    if not twins:
        return False
    layer = stage.duplicate_layer
    rivals = await uow.duplicates.rivals(exam, twins)
    for rival in rivals:
        if _is_before(rival, exam) or rival.status in _HAS_REPORT:
            return await uow.duplicates.mark(exam, Duplicate(layer=layer, of=rival.id))
    for rival in rivals:
        await uow.duplicates.mark(rival, Duplicate(layer=layer, of=exam.id))
    return False


async def end_duplicate(uow: UnitOfWork, exam: Exam, stage: Stage) -> Exam:
    """Move ``exam``, which is marked, to DUPLICATE."""
    return await uow.exams.move(exam, Status.DUPLICATE, stage=stage)


def _is_before(one: Exam, other: Exam) -> bool:
    return (one.created_at, one.id) < (other.created_at, other.id)
