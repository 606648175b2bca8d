"""Form fields as a client sends them, by the gateway's own forms."""

from collections.abc import Mapping
from typing import Any

from shared.contract.model import Document


def form_values(form: type[Document], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of ``form``: what is ``given``, else the default; None is left out.

    Raises TypeError for a name that the form does not have. The gateway checks the values.
    """
    unknown = set(given) - set(form.model_fields)
    if unknown:
        raise TypeError(f"{form.__name__} has no field {', '.join(sorted(unknown))}")
    values = {name: given.get(name, field.default) for name, field in form.model_fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def form_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """``values`` as the text of form fields."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
