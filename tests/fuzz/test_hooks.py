"""A form that reaches the service sound is no hostile input, whatever it was meant to be."""

import pytest

from tests.fuzz.hooks import is_valid_as_sent

SCHEMA = {
    "type": "object",
    "required": ["files"],
    "additionalProperties": False,
    "properties": {
        "files": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "grade": {"type": "string", "maxLength": 5},
        "priority": {"type": "string", "enum": ["low", "high"]},
        "force": {"type": "boolean"},
    },
}
FILES = [b"%PDF-1.7"]


@pytest.mark.parametrize("grade", [None, True, 7, 1.5, "seven"])
def test_a_field_of_another_type_arrives_as_text(grade: object) -> None:
    assert is_valid_as_sent(SCHEMA, {"files": FILES, "grade": grade, "force": True})


@pytest.mark.parametrize("empty", [[], {}])
def test_what_is_empty_does_not_arrive(empty: object) -> None:
    assert is_valid_as_sent(SCHEMA, {"files": FILES, "grade": empty, "force": empty})


@pytest.mark.parametrize(
    "form",
    [
        {"grade": None},
        {"files": []},
        {"files": None},
        {"files": FILES, "grade": 123456},
        {"files": FILES, "grade": ["7"]},
        {"files": FILES, "priority": None},
        {"files": FILES, "force": None},
        {"files": FILES, "unknown": "x"},
    ],
)
def test_what_is_wrong_when_it_arrives_stays_wrong(form: dict[str, object]) -> None:
    assert not is_valid_as_sent(SCHEMA, form)
