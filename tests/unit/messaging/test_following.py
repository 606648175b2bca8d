"""What follows a finished task, as the state machine has it."""

from datetime import UTC, datetime

import pytest

from shared.contract.exams import Exam
from shared.contract.failures import Language
from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Priority, Stage, Status
from shared.db.repositories.exams import ForbiddenTransition
from shared.messaging.attempt.following import what_follows

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def exam_in(status: Status, *, pages_total: int = 1, pages_done: int = 0) -> Exam:
    return Exam(
        id="e",
        tenant_id="t",
        status=status,
        run=1,
        priority=Priority.NORMAL,
        paper_id=None,
        student_ref=None,
        subject=None,
        grade=None,
        language=Language.EN,
        callback_url=None,
        progress=0,
        pages_total=pages_total,
        pages_done=pages_done,
        is_cancel_requested=False,
        error_code=None,
        failed_stage=None,
        created_at=NOW,
        updated_at=NOW,
        completed_at=None,
    )


def task_of(stage: Stage, page: int = 0) -> StageTask:
    return StageTask(exam_id="e", run=1, stage=stage, page=page)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.INGEST])
def test_a_finished_stage_moves_its_exam_and_names_the_successor(stage: Stage) -> None:
    spec = SPECS[stage]
    following = what_follows(exam_in(spec.working), task_of(stage, page=1))
    assert following.moves[-1].status is spec.done
    assert [task.stage for task in following.tasks] == ([spec.successor] if spec.successor else [])


def test_every_page_but_the_last_is_only_counted() -> None:
    following = what_follows(
        exam_in(Status.OCR_PROCESSING, pages_total=4, pages_done=1), task_of(Stage.OCR, page=2)
    )
    assert (following.pages_done, following.tasks) == (2, ())
    assert [(move.status, move.progress, move.page) for move in following.moves] == [
        (Status.OCR_PROCESSING, 15, 2)
    ]


def test_a_worker_that_goes_on_moves_the_exam_into_the_next_stage() -> None:
    following = what_follows(exam_in(Status.PARSING), task_of(Stage.PARSING), lease_seconds=30)
    assert [move.status for move in following.moves] == [Status.PARSED, Status.ANALYZING]
    assert following.lease_seconds == 30


def test_nobody_goes_on_with_one_of_several_pages() -> None:
    following = what_follows(
        exam_in(Status.UPLOADED), task_of(Stage.INGEST), (1, 2, 3), lease_seconds=30
    )
    assert [task.page for task in following.tasks] == [1, 2, 3]
    assert (following.pages_total, following.lease_seconds) == (3, None)


def test_a_stage_that_its_exam_is_not_in_moves_nothing() -> None:
    with pytest.raises(ForbiddenTransition):
        what_follows(exam_in(Status.COMPLETED), task_of(Stage.PARSING))
