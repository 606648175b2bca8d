"""The form fields of a submission and of a batch, declared once for all who need them."""

import re
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.contract.api.text import Line
from shared.contract.failures import Language
from shared.contract.model import DescribedBy, Document
from shared.contract.stages import Priority

#: The one form field that holds files.
FILES_FIELD = "files"
#: The field of a batch that holds its roster as CSV.
ROSTER_FIELD = "roster"

PriorityName = Literal["low", "normal", "high", "urgent"]
#: In the order of ``Priority``.
PRIORITY_NAMES: tuple[PriorityName, ...] = get_args(PriorityName)

#: A name, an IPv4 or an IPv6 address, as urlsplit gives it.
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def _check_http_address(address: str) -> str:
    """Check the form only. Where the address leads is checked each time it is called."""
    problem = PydanticCustomError("http_address", "Must be an http or https address")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise problem from error
    is_web = parts.scheme in {"http", "https"} and parts.username is None
    has_host = parts.hostname is not None and _HOST.fullmatch(parts.hostname)
    if not (is_web and has_host and address.isascii()) or " " in address:
        raise problem
    return address


_HttpAddress = Annotated[
    Line,
    Field(max_length=2000),
    AfterValidator(_check_http_address),
    DescribedBy(
        {
            "format": "uri",
            "pattern": r"^https?://[A-Za-z0-9._-]+(:[1-5]?[0-9]{1,4})?([/?#][!-~]*)?$",
            "example": "https://school.example/hooks/examlens",
        }
    ),
]


class _Declared(Document):
    """What a client declares of one exam or of a whole batch."""

    subject: Annotated[Line, Field(max_length=60)] | None = None
    grade: Annotated[Line, Field(max_length=60)] | None = None
    paper_id: UUID | None = None
    #: For example 2026-midterm. A retake has another sitting, so it is no duplicate.
    sitting: Annotated[Line, Field(max_length=100)] | None = Field(
        default=None, description="Which time the paper was sat; a retake is new."
    )
    priority: PriorityName = "normal"
    callback_url: _HttpAddress | None = None
    language: Language = Language.ZH
    force: bool = Field(default=False, description="Take it even when it is a duplicate.")

    @property
    def broker_priority(self) -> Priority:
        """The priority as messages carry it."""
        return Priority[self.priority.upper()]


class SubmissionForm(_Declared):
    """What a client declares of an exam besides its files."""

    #: Reports name the student by it and by nothing else.
    student_ref: Annotated[Line, Field(max_length=200)] | None = Field(
        default=None, description="A pseudonym; never a name."
    )


class BatchForm(_Declared):
    """What a client declares of a batch besides its file and roster."""

    pages_per_student: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Required for a PDF; deals out the files of a zip without folders.",
    )

    def of_student(self, student_ref: str | None) -> SubmissionForm:
        """The form of one student's exam: all that the batch declares, and the student."""
        declared = {name: getattr(self, name) for name in _Declared.model_fields}
        return SubmissionForm(**declared, student_ref=student_ref)
