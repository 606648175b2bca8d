"""An OpenAPI document as a page shows it: operations by tag, properties row by row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
#: Deeper objects are named; they have their own table wherever they are sent or answered.
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Property:
    """One parameter or property; ``name`` is its path from the body's root."""

    name: str
    type: str
    is_required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered as one media type."""

    media_type: str
    type: str
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that an operation answers with."""

    status: str
    about: str
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; ``anchor`` names it in addresses."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    needs_key: bool
    parameters: tuple[Property, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]


def view_reference(document: Schema) -> dict[str, list[Operation]]:
    """The operations of ``document`` by their first tag."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                found = methods[method]
                tag = (found.get("tags") or ["service"])[0]
                groups.setdefault(tag, []).append(_operation(document, path, method, found))
    return groups


def _operation(document: Schema, path: str, method: str, found: Schema) -> Operation:
    return Operation(
        anchor=found["operationId"],
        method=method,
        path=path,
        summary=found.get("summary", ""),
        about=found.get("description", ""),
        needs_key="security" in found,
        parameters=tuple(
            Property(
                parameter["name"],
                type_of(parameter.get("schema", {})),
                bool(parameter.get("required")),
                parameter.get("description", ""),
            )
            for parameter in found.get("parameters", ())
        ),
        bodies=_bodies(document, found.get("requestBody", {}).get("content", {})),
        answers=tuple(
            Answer(
                str(status),
                answer.get("description", ""),
                _bodies(document, answer.get("content", {})) if str(status) < "300" else (),
            )
            for status, answer in sorted(found["responses"].items(), key=lambda item: str(item[0]))
        ),
    )


def _bodies(document: Schema, content: Schema) -> tuple[Body, ...]:
    found = []
    for media_type, described in content.items():
        schema = described.get("schema", {})
        properties = tuple(_properties(document, schema, "", 0))
        found.append(Body(media_type, type_of(schema), properties))
    return tuple(found)


def _properties(document: Schema, schema: Schema, prefix: str, depth: int) -> Iterator[Property]:
    resolved = _resolve(document, schema)
    if resolved.get("type") == "array":
        yield from _properties(document, resolved.get("items", {}), f"{prefix}[]", depth)
        return
    required = set(resolved.get("required", ()))
    for name, inner in resolved.get("properties", {}).items():
        place = f"{prefix}.{name}".lstrip(".")
        about = inner.get("description") or _resolve(document, inner).get("description", "")
        yield Property(place, type_of(inner), name in required, about.partition("\n\n")[0])
        if depth < _DEPTH:
            yield from _properties(document, _object_in(document, inner), place, depth + 1)


def _object_in(document: Schema, schema: Schema) -> Schema:
    """What is behind a reference, or the one alternative that is not null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return _resolve(document, kinds[0]) if len(kinds) == 1 else _resolve(document, schema)


def _resolve(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    return schema


def type_of(schema: Schema) -> str:
    """A type in a few words: ``integer``, ``StatusBody``, ``string[] or null``, ``"a" | "b"``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema or "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in schema:
            return " or ".join(type_of(kind) for kind in schema[alternatives])
    if "allOf" in schema:
        return " & ".join(type_of(kind) for kind in schema["allOf"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"{type_of(schema.get('items', {}))}[]"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)
