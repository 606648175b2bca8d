"""Form fields, checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.intake.forms import parse_submission
from services.gateway.domain.protocol.problems import Problem
from shared.contract.failures import Language
from shared.contract.stages import Priority


def test_a_submission_form_has_sensible_defaults() -> None:
    form = parse_submission({"subject": "  数学 ", "grade": "", "force": "true"})
    assert (form.subject, form.grade, form.force) == ("数学", None, True)
    assert (form.broker_priority, form.language) == (Priority.NORMAL, Language.ZH)


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://host/x", "//host/x", "http://", "https://host:99999/", "http://[::1"),
        *("javascript:1", "https://host*", "https://a,b/", "https://host/a b"),
    ],
)
def test_a_callback_must_be_a_web_address(address: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_submission({"callback_url": address})
    assert caught.value.extensions["errors"] == [
        {"field": "form.callback_url", "rule": "http_address"}
    ]


@pytest.mark.parametrize(
    "address", ["http://a_b.example", "https://[2001:db8::1]:8443/x", "https://host:65535/~a?b=*#c"]
)
def test_any_address_that_can_be_called_is_a_callback(address: str) -> None:
    assert parse_submission({"callback_url": address}).callback_url == address


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), min_size=1, max_size=4))
def test_unknown_fields_are_refused_without_naming_them(fields: dict[str, str]) -> None:
    with pytest.raises(Problem) as caught:
        parse_submission({f"x-{name}": value for name, value in fields.items()})
    assert caught.value.extensions == {"errors": [{"field": "form", "rule": "unknown_field"}]}
