"""An OpenAPI document, told to people."""

from typing import Any

import pytest

from services.gateway.domain.pages.reference import type_of, view_reference

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/things/{id}": {
            "patch": {
                "operationId": "changeThing",
                "tags": ["things"],
                "summary": "Change it",
                "security": [{"apiKey": []}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}
                },
                "responses": {"200": {"description": "Changed"}, "404": {"description": "None"}},
            }
        }
    },
    "components": {
        "schemas": {
            "T": {
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "description": "What it is called.\n\nMore."},
                    "inner": {"anyOf": [{"$ref": "#/components/schemas/U"}, {"type": "null"}]},
                    "list": {"type": "array", "items": {"$ref": "#/components/schemas/U"}},
                },
            },
            "U": {"properties": {"self": {"$ref": "#/components/schemas/U"}}},
        }
    },
}


def test_an_operation_is_told_with_its_parameters_and_every_property() -> None:
    ((operation,),) = view_reference(DOCUMENT).values()
    assert (operation.method, operation.path) == ("patch", "/things/{id}")
    assert operation.needs_key
    assert [(p.name, p.is_required) for p in operation.parameters] == [("id", True)]
    names = [p.name for p in operation.bodies[0].properties]
    assert names[:3] == ["name", "inner", "inner.self"]
    assert "list[].self" in names
    assert operation.bodies[0].properties[0].about == "What it is called."


def test_what_contains_itself_is_told_to_an_end() -> None:
    ((operation,),) = view_reference(DOCUMENT).values()
    assert max(p.name.count("self") for p in operation.bodies[0].properties) <= 3


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "string", "format": "uuid"}, "string (uuid)"),
        ({"type": "array", "items": {"type": "integer"}}, "integer[]"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"const": "x"}, '"x"'),
        ({"anyOf": [{"$ref": "#/components/schemas/T"}, {"type": "null"}]}, "T or null"),
        ({"allOf": [{"$ref": "#/components/schemas/T"}]}, "T"),
        ({}, "any"),
    ],
)
def test_a_type_is_told_in_a_few_words(schema: dict[str, Any], told: str) -> None:
    assert type_of(schema) == told
