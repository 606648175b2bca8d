"""The papers of a class that were submitted together, as clients see them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from shared.contract.duplicates import Duplicate
from shared.contract.failures import FailureCode
from shared.contract.model import Document
from shared.contract.stages import Status

BatchStateName = Literal["queued", "dividing", "divided", "refused", "failed", "cancelled"]


class BatchExamBody(Document):
    """One student's exam in a batch. ``duplicate`` says that it had been submitted before."""

    #: Place in the batch, from 1.
    position: int
    exam_id: str
    student_ref: str | None
    status: Status
    progress: int
    error_code: FailureCode | None
    duplicate: Duplicate | None
    links: dict[str, str]


class BatchErrorBody(Document):
    """Why a batch came to nothing; texts in the asked language. Counts and places stand in it."""

    model_config = ConfigDict(extra="allow")

    #: One of ProblemCode or FailureCode, or one that a newer gateway knows.
    code: str
    title: str
    detail: str


class BatchBody(Document):
    """A batch and how far it is. Exams that were erased are missing from ``exams``."""

    batch_id: str
    created_at: datetime
    #: ``queued`` and ``dividing`` before its exams exist; ``refused``, ``failed`` and ``cancelled``
    #: are without exams for ever.
    state: BatchStateName = "divided"
    #: Counted from 1 while it waits to be divided; 0 while it is; None afterwards.
    queue_position: int | None = None
    #: Whole seconds until it is divided; 0 afterwards.
    estimated_remaining_time: int = 0
    #: Set for a batch that was refused or failed.
    error: BatchErrorBody | None = None
    #: Students that were submitted; None before it is divided.
    students: int | None
    #: Exams by status; statuses that none has are left out.
    counts: dict[Status, int]
    #: Percent: the mean over all exams. An exam that has ended counts as 100.
    progress: int
    is_finished: bool
    exams: tuple[BatchExamBody, ...]
