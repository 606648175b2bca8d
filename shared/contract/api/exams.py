"""Exams as clients see them: status, events, lists, and what can be asked of one."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contract.api.submissions import PriorityName
from shared.contract.duplicates import Duplicate
from shared.contract.failures import FailureCode, Language
from shared.contract.model import Document
from shared.contract.stages import Stage, Status

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
    #: Which exam this one repeats. It is set when a submission was refused as the same, and when an
    #: exam was found to be a DUPLICATE while it was read.
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


class CancelRequest(Document):
    """Whether what was uploaded, read and made so far is kept (the default) or erased."""

    erase: bool = False


class RetryRequest(Document):
    """From where to run again. Without a stage the work resumes where it stopped."""

    from_stage: Stage | None = None
