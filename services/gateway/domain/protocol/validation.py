"""Turning validation errors into the places and rules that a problem document names."""

from collections.abc import Iterable, Mapping
from typing import Any

#: More would only make the answer long.
_MAX_ERRORS = 20


def field_errors(errors: Iterable[Any], prefix: str | None = None) -> list[dict[str, str]]:
    """Pydantic's ``errors`` as ``{"field", "rule"}``, without values, inputs or free texts.

    Locations consist of our own field names and of list indices; only a framework's parameter
    names come before them. Most documents ignore fields they do not know; of one that refuses
    them the unknown name is left out.
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
