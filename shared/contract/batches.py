"""Batches: the papers of a class that come as one file, and how they are to be divided."""

from enum import StrEnum

from pydantic import Field

from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import BatchForm
from shared.contract.model import Document


class BatchState(StrEnum):
    """What became of a batch's file."""

    #: It waits for a worker, or is being divided.
    DIVIDING = "dividing"
    #: Every student's exam has been made, or, of a preview, every part has been named.
    DIVIDED = "divided"
    #: It cannot be divided as it was asked; nothing was taken.
    REFUSED = "refused"
    #: The attempts at dividing it are used up; nothing was taken.
    FAILED = "failed"
    #: Somebody wanted it no more before it was divided.
    CANCELLED = "cancelled"


class RosterRow(Document):
    """One student. ``file`` names their file or folder in the zip; None means the row's place."""

    student_ref: str
    file: str | None


class BatchLimits(Document):
    """Upper bounds of one batch; ``files`` of one student, ``total_bytes`` when unpacked."""

    students: int
    files: int
    file_bytes: int
    total_bytes: int


class BatchOrder(Document):
    """What is to be divided how; the gateway has checked all but the file's inside."""

    form: BatchForm
    source_key: str
    is_pdf: bool
    roster: tuple[RosterRow, ...] = ()
    limits: BatchLimits


class Refusal(Document):
    """Why a batch cannot be divided; ``extensions`` are counts and places that say where."""

    code: ProblemCode
    extensions: dict[str, int] = Field(default_factory=dict)


class BatchPart(Document):
    """One student's part; ``name`` is what the archive calls it, if it does."""

    name: str | None
    files: int


def batch_prefix(batch_id: str) -> str:
    """The prefix of the keys of a batch's own file."""
    return f"batches/{batch_id}/"
