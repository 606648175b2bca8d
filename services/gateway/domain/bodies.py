"""What the gateway answers: the bodies of its routes."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contract.answer_key import AnswerKey
from shared.contract.class_report import ClassReport
from shared.contract.corrections import Change
from shared.contract.documents import QuestionResult
from shared.contract.duplicates import Duplicate
from shared.contract.failures import FailureCode, Language
from shared.contract.model import Document
from shared.contract.stages import Stage, Status

PriorityName = Literal["low", "normal", "high", "urgent"]
#: What GET status waits for.
WaitUntil = Literal["change", "ended"]
StageState = Literal["waiting", "pending", "running", "done", "failed"]


class StageBody(Document):
    """How far one stage of the current run is. ``tasks`` is 1, or the pages of a per-page stage.

    A stage that this run took over from an earlier one is ``done`` and has no times.
    """

    stage: Stage
    state: StageState
    tasks: int
    tasks_done: int
    attempts: int
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Seconds of work, all pages together.
    seconds: float | None = None


class StatusBody(Document):
    """Where an exam is. ``estimated_remaining_time`` is in seconds, 0 when it has ended."""

    exam_id: str
    status: Status
    created_at: datetime
    completed_at: datetime | None
    #: Percent.
    progress: int
    #: The stage that is being worked on or comes next; None when the exam has ended.
    current_step: Stage | None
    estimated_remaining_time: int
    #: What went wrong and what to do about it, in the asked language.
    error_message: str | None
    error_code: FailureCode | None
    #: Place in the queue of the current step; 0 while being worked on, None when ended.
    queue_position: int | None
    run: int
    stages: tuple[StageBody, ...]
    #: Which exam this one repeats: set where a submission was not taken because the exam named is
    #: the same, and where an exam was found to be a DUPLICATE while it was read.
    duplicate: Duplicate | None = None


class StreamTokenBody(Document):
    """A token for the events of one exam; ``url`` is the address with it."""

    token: str
    expires_at: datetime
    url: str


class EventBody(Document):
    """One change of an exam, numbered from 1 without gaps."""

    exam_id: str
    sequence: int
    run: int
    status: Status
    progress: int
    stage: Stage | None
    page: int | None
    error_code: FailureCode | None
    at: datetime
    #: Set on the event that ends an exam as DUPLICATE.
    duplicate: Duplicate | None = None


class ExamBody(Document):
    """An exam as submitted, and its present status."""

    exam_id: str
    status: Status
    run: int
    progress: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    priority: PriorityName
    language: Language
    paper_id: str | None
    student_ref: str | None
    subject: str | None
    grade: str | None
    callback_url: str | None
    pages: int
    error_code: FailureCode | None
    links: dict[str, str] = Field(default_factory=dict)


class ExamList(Document):
    """A page of exams, newest first. ``next`` is the cursor of the following page, if any."""

    items: tuple[ExamBody, ...]
    next: str | None


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
    #: Percent: the mean over all exams, where an exam that has ended counts as 100.
    progress: int
    is_finished: bool
    exams: tuple[BatchExamBody, ...]


class PaperBody(Document):
    """A paper with its answer key. ``version`` counts the keys it has had."""

    paper_id: str
    title: str
    subject: str | None
    grade: str | None
    version: int
    full_score: float
    questions: int
    created_at: datetime
    updated_at: datetime
    answer_key: AnswerKey


class PaperSummary(Document):
    """A paper without its answers."""

    paper_id: str
    title: str
    subject: str | None
    grade: str | None
    version: int
    full_score: float
    questions: int
    created_at: datetime
    updated_at: datetime


class PaperList(Document):
    """A page of papers, newest first."""

    items: tuple[PaperSummary, ...]
    next: str | None


class CorrectionBody(Document):
    """A correction that was made: by which key, when, and the run that applied it first."""

    run: int
    key_id: str
    created_at: datetime
    change: Change


class QuestionBody(Document):
    """A question as graded, with its corrections, oldest first.

    ``etag`` goes into If-Match when it is corrected.
    """

    exam_id: str
    etag: str
    question: QuestionResult
    corrections: tuple[CorrectionBody, ...]


class QuestionList(Document):
    """The questions of an exam."""

    items: tuple[QuestionBody, ...]


class ReviewItem(Document):
    """A question that nobody could grade, of a finished exam."""

    exam_id: str
    question: QuestionResult


class ReviewList(Document):
    """Questions that need a person, least certain first."""

    items: tuple[ReviewItem, ...]


class CancelRequest(Document):
    """Whether what was uploaded, read and made so far is kept (the default) or erased."""

    erase: bool = False


class RetryRequest(Document):
    """From where to run again. Without a stage the work resumes where it stopped."""

    from_stage: Stage | None = None


class QueueBody(Document):
    """What waits in a queue, of all tenants, according to PostgreSQL."""

    queue: str
    stage: Stage
    waiting: int
    running: int
    oldest_waiting_seconds: float


class QueueList(Document):
    """All queues, in the order of the pipeline."""

    items: tuple[QueueBody, ...]


class DeadLetterBody(Document):
    """A task that used up its attempts. ``error`` is the exception's type and its place."""

    id: int
    exam_id: str
    run: int
    stage: Stage
    page: int
    code: FailureCode
    error: str
    created_at: datetime
    resolved_at: datetime | None
    resolution: Literal["replayed", "discarded"] | None


class DeadLetterList(Document):
    """Unresolved dead letters of the tenant, oldest first."""

    items: tuple[DeadLetterBody, ...]


class AuditEntryBody(Document):
    """One act: by which key, of which kind, on what, when; never any content."""

    id: int
    key_id: str
    action: str
    subject_id: str
    trace_id: str
    at: datetime


class AuditList(Document):
    """Entries, newest first. ``next`` goes into ``before`` for the following page."""

    items: tuple[AuditEntryBody, ...]
    next: int | None


class WebhookDeliveryBody(Document):
    """The announcement of one run's end. ``last_error`` is a code such as timeout or tls."""

    id: str
    exam_id: str
    run: int
    url: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: datetime
    due_at: datetime
    attempted_at: datetime | None


class WebhookDeliveryList(Document):
    """Deliveries, newest first."""

    items: tuple[WebhookDeliveryBody, ...]


class WebhookTargetBody(Document):
    """An address; ``failures`` counts deliveries in a row that used up their attempts."""

    id: int
    url: str
    failures: int
    disabled_at: datetime | None


class WebhookTargetList(Document):
    """Addresses that have failed."""

    items: tuple[WebhookTargetBody, ...]


class WebhookSecretBody(Document):
    """The newest secret; ``active`` counts those that sign, two for a day after a rotation."""

    secret: str
    active: int


class LimitsBody(Document):
    """What one submission may consist of."""

    media_types: tuple[str, ...]
    max_files: int
    max_file_bytes: int
    max_upload_bytes: int
    max_body_bytes: int
    max_wait_seconds: int
    #: Of one batch: students, and bytes when unpacked.
    max_batch_students: int
    max_batch_bytes: int


class VersionBody(Document):
    """What answers."""

    name: str
    version: str
    api: str


class HealthBody(Document):
    """Whether the process lives, or is ready to serve."""

    status: Literal["ok"]


class ClassBody(Document):
    """The class report of a paper; ``is_current`` is False while a newer one is being computed.

    ``computed_at`` is None until the first exam of the paper has been completed.
    """

    paper_id: str
    title: str
    subject: str | None
    grade: str | None
    is_current: bool
    computed_at: datetime | None
    report: ClassReport
