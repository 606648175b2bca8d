"""An exam and its parts as every process sees them."""

from datetime import datetime
from enum import StrEnum

from shared.contract.duplicates import Duplicate
from shared.contract.failures import FailureCode, Language
from shared.contract.model import Document
from shared.contract.stages import Priority, Stage, Status


class Exam(Document):
    """One submission of one student's completed paper."""

    id: str
    tenant_id: str
    status: Status
    run: int
    priority: Priority
    paper_id: str | None
    student_ref: str | None
    subject: str | None
    grade: str | None
    language: Language
    callback_url: str | None
    progress: int
    pages_total: int
    pages_done: int
    is_cancel_requested: bool
    error_code: FailureCode | None
    failed_stage: Stage | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    #: Taken although it may repeat another exam.
    is_forced: bool = False
    duplicate_of: str | None = None
    duplicate_layer: int | None = None

    @property
    def duplicate(self) -> Duplicate | None:
        """Which exam this one was found to repeat."""
        if self.duplicate_of is None or self.duplicate_layer is None:
            return None
        return Duplicate(layer=self.duplicate_layer, of=self.duplicate_of)


class Upload(Document):
    """One uploaded file. Its client-side name is never kept: it may hold a student's name."""

    ordinal: int
    blob_key: str
    media_type: str
    size_bytes: int
    sha256: str


class ArtefactKind(StrEnum):
    """What a finished exam offers for download."""

    REPORT_HTML = "report.html"
    REPORT_PDF = "report.pdf"
    PRACTICE_PDF = "practice.pdf"
    ERROR_BOOK_PDF = "error-book.pdf"


class Artefact(Document):
    """A stored file made by a stage."""

    kind: ArtefactKind
    blob_key: str
    media_type: str
    size_bytes: int
    sha256: str


def crop_key(exam_id: str, run: int, ordinal: int) -> str:
    """The key of a question's picture, a PNG that the report stage writes."""
    return f"exams/{exam_id}/{run}/crops/{ordinal}.png"


class Event(Document):
    """One visible change of an exam, numbered from 1 without gaps."""

    sequence: int
    run: int
    status: Status
    progress: int
    stage: Stage | None
    page: int | None
    error_code: FailureCode | None
    at: datetime
