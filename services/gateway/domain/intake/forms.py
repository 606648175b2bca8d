"""Form fields, checked: an exam, a batch or an order of a practice paper."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from services.gateway.domain.protocol.problems import Problem, invalid_field
from services.gateway.domain.protocol.validation import field_errors
from shared.contract.api.practice import PracticeRequest
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.submissions import BatchForm, SubmissionForm
from shared.contract.model import Document

#: Fields that may be sent empty, as forms in browsers do.
_TEXTS = frozenset({"subject", "grade", "student_ref", "sitting"})
FormT = TypeVar("FormT", bound=Document)


def parse_submission(fields: Mapping[str, str]) -> SubmissionForm:
    """The form of an exam. Empty texts count as absent. Raises Problem ``invalid_request``."""
    return _parse(SubmissionForm, fields, _TEXTS)


def parse_batch(fields: Mapping[str, str]) -> BatchForm:
    """The form of a batch. Empty texts count as absent. Raises Problem ``invalid_request``."""
    return _parse(BatchForm, fields, _TEXTS)


def parse_practice(fields: Mapping[str, str]) -> PracticeRequest:
    """The order in a form. Empty fields count as absent. Raises Problem ``invalid_request``."""
    return _parse(PracticeRequest, fields, frozenset(PracticeRequest.model_fields))


def _parse(model: type[FormT], fields: Mapping[str, str], may_be_empty: frozenset[str]) -> FormT:
    if set(fields) - set(model.model_fields):
        # Naming the field would repeat what was sent.
        raise invalid_field("form", "unknown_field")
    given = {
        name: value for name, value in fields.items() if value.strip() or name not in may_be_empty
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Problem(
            ProblemCode.INVALID_REQUEST, errors=field_errors(error.errors(), "form")
        ) from error
