"""The papers of a class that were submitted together, as clients see them."""

from datetime import datetime

from shared.contract.duplicates import Duplicate
from shared.contract.failures import FailureCode
from shared.contract.model import Document
from shared.contract.stages import Status


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


class BatchBody(Document):
    """A batch and how far it is. Exams that were erased are missing from ``exams``."""

    batch_id: str
    created_at: datetime
    #: Students that were submitted.
    students: int
    #: Exams by status; statuses that none has are left out.
    counts: dict[Status, int]
    #: Percent: the mean over all exams. An exam that has ended counts as 100.
    progress: int
    is_finished: bool
    exams: tuple[BatchExamBody, ...]
