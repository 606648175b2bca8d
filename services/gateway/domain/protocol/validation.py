"""Turning validation errors into the places and rules that a problem document names."""

from collections.abc import Iterable, Mapping
from typing import Any

#: More errors would only make the answer long.
_MAX_ERRORS = 20


def field_errors(errors: Iterable[Any], prefix: str | None = None) -> list[dict[str, str]]:
    """Pydantic's ``errors`` as ``{"field", "rule"}``, without values, inputs or free texts.

    A location consists of our own field names and of list indices, behind a parameter name of the
    framework. It never repeats what was sent: where a document refuses unknown fields, the unknown
    name is left out.
    """
    found = []
    for error in list(errors)[:_MAX_ERRORS]:
        place = [str(part) for part in _location(error)]
        if prefix is not None:
            place.insert(0, prefix)
        rule = "unknown_field" if error["type"] == "extra_forbidden" else str(error["type"])
        found.append({"field": ".".join(place), "rule": rule})
    return found


def _location(error: Mapping[str, Any]) -> tuple[Any, ...]:
    location = tuple(error.get("loc", ()))
    if error["type"] == "extra_forbidden":
        return location[:-1]
    # The location of broken JSON ends in a byte offset that says nothing to a reader.
    return location[:-1] if error["type"] == "json_invalid" and len(location) > 1 else location
