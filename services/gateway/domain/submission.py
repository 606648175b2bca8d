"""The form fields of a submission."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from services.gateway.domain.problems import Problem
from services.gateway.domain.text import Line
from services.gateway.domain.validation import field_errors
from shared.contract.failures import Language
from shared.contract.model import Document
from shared.contract.stages import Priority

#: The one form field that holds files.
FILES_FIELD = "files"
#: Fields that may be sent empty, as forms in browsers do.
_TEXTS = frozenset({"subject", "grade", "student_ref", "sitting"})
PriorityName = Literal["low", "normal", "high", "urgent"]
#: A name, an IPv4 or an IPv6 address, as urlsplit gives it.
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
FormT = TypeVar("FormT", bound=Document)


def _is_http_address(address: str) -> str:
    """Only the form is checked here; where it leads is checked each time it is called."""
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


class _Declared(Document):
    """What a client declares of one exam or of a whole batch."""

    subject: Annotated[Line, Field(max_length=60)] | None = None
    grade: Annotated[Line, Field(max_length=60)] | None = None
    paper_id: UUID | None = None
    #: Which time the student sat this paper, such as 2026-midterm; a retake is no duplicate.
    sitting: Annotated[Line, Field(max_length=100)] | None = None
    priority: PriorityName = "normal"
    callback_url: (
        Annotated[Line, Field(max_length=2000), AfterValidator(_is_http_address)] | None
    ) = None
    language: Language = Language.ZH
    #: Take the exam even when it is a duplicate of an earlier one.
    force: bool = False


class SubmissionForm(_Declared):
    """What a client declares of an exam besides its files."""

    #: A pseudonym of the student; reports name nobody otherwise.
    student_ref: Annotated[Line, Field(max_length=200)] | None = None

    @property
    def broker_priority(self) -> Priority:
        """The priority as messages carry it."""
        return Priority[self.priority.upper()]


class BatchForm(_Declared):
    """What a client declares of a batch besides its file and roster."""

    #: Needed for a PDF; deals out a zip's files that lie in no folder.
    pages_per_student: int | None = Field(default=None, ge=1, le=100)

    def of_student(self, student_ref: str | None) -> SubmissionForm:
        """The same for one student's exam."""
        declared = {name: getattr(self, name) for name in _Declared.model_fields}
        return SubmissionForm(**declared, student_ref=student_ref)


def parse_submission(fields: Mapping[str, str]) -> SubmissionForm:
    """The form in ``fields``; empty texts count as absent. Raises Problem ``invalid_request``."""
    return _parse(SubmissionForm, fields)


def parse_batch(fields: Mapping[str, str]) -> BatchForm:
    """The form of a batch. Raises Problem ``invalid_request``."""
    return _parse(BatchForm, fields)


def _parse(model: type[FormT], fields: Mapping[str, str]) -> FormT:
    unknown = sorted(set(fields) - set(model.model_fields))
    if unknown:
        # Naming the field would repeat what was sent.
        errors = [{"field": "form", "rule": "unknown_field"}]
        raise Problem("invalid_request", errors=errors)
    try:
        return model.model_validate(
            {k: v for k, v in fields.items() if v.strip() or k not in _TEXTS}
        )
    except ValidationError as error:
        raise Problem("invalid_request", errors=field_errors(error.errors(), "form")) from error
