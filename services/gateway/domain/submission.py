"""The form fields of a submission."""

from collections.abc import Mapping
from typing import Annotated, Literal
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


def _is_http_address(address: str) -> str:
    """Only the form is checked here; where it leads is checked each time it is called."""
    problem = PydanticCustomError("http_address", "Must be an http or https address")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise problem from error
    is_web = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    if not is_web or not address.isascii():
        raise problem
    return address


class SubmissionForm(Document):
    """What a client declares of an exam besides its files."""

    subject: Annotated[Line, Field(max_length=60)] | None = None
    grade: Annotated[Line, Field(max_length=60)] | None = None
    #: A pseudonym of the student; reports name nobody otherwise.
    student_ref: Annotated[Line, Field(max_length=200)] | None = None
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

    @property
    def broker_priority(self) -> Priority:
        """The priority as messages carry it."""
        return Priority[self.priority.upper()]


def parse_submission(fields: Mapping[str, str]) -> SubmissionForm:
    """The form in ``fields``; empty texts count as absent. Raises Problem ``invalid_request``."""
    unknown = sorted(set(fields) - set(SubmissionForm.model_fields))
    if unknown:
        # Naming the field would repeat what was sent.
        errors = [{"field": "form", "rule": "unknown_field"}]
        raise Problem("invalid_request", errors=errors)
    try:
        return SubmissionForm.model_validate(
            {k: v for k, v in fields.items() if v.strip() or k not in _TEXTS}
        )
    except ValidationError as error:
        raise Problem("invalid_request", errors=field_errors(error.errors(), "form")) from error
