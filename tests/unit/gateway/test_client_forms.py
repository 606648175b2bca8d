"""A client's form fields are those of the gateway's forms."""

import pytest

from examlens.client.forms import form_texts, form_values
from services.gateway.domain.intake.forms import parse_submission
from shared.contract.api.submissions import BatchForm, SubmissionForm
from shared.contract.failures import Language


def test_what_a_client_sends_is_what_the_gateway_reads() -> None:
    given = {"subject": "数学", "student_ref": "s-1", "language": Language.EN, "force": True}
    sent = form_texts(form_values(SubmissionForm, given))
    assert sent["force"] == "true"
    assert parse_submission(sent) == SubmissionForm(**given)


def test_what_is_not_given_is_the_default_or_left_out() -> None:
    sent = form_texts(form_values(BatchForm, {"pages_per_student": 2, "grade": None}))
    assert sent == {
        "priority": "normal",
        "language": "zh",
        "force": "false",
        "pages_per_student": "2",
    }


def test_a_name_that_no_form_has_is_an_error_of_the_program() -> None:
    with pytest.raises(TypeError, match="studentref"):
        form_values(SubmissionForm, {"studentref": "s-1"})
