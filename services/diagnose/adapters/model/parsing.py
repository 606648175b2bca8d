"""Nearly-JSON from a model becomes the document that was asked for."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from json_repair import repair_json
from pydantic import ValidationError

from services.diagnose.domain.model.answers import Answer, AnswerT
from services.diagnose.domain.model.failures import UnusableAnswer
from shared.contract.text_gate import storable_json

#: Commands whose first letter makes a JSON escape: ``\frac`` would become a form feed and "rac".
_LATEX = re.compile(
    r"(?<!\\)\\(?=(?:frac|forall|times|theta|tan|text|triangle|to|tau|beta|bar|begin|binom|because"
    r"|rho|right|rightarrow|rm|neq|ne|nu|nabla|neg|not)(?![a-zA-Z]))"
)
#: A backslash that begins no JSON escape at all.
_STRAY = re.compile(r'(?<!\\)((?:\\\\)*)\\(?!["\\/bfnrtu])')
_MOST_CHARACTERS = 100_000
#: ``{"result": {"answer": [{…}]}}`` is the deepest that was seen.
_MOST_WRAPPERS = 3


def parse_answer(text: str, answer: type[AnswerT]) -> AnswerT:
    """Read ``text`` as ``answer``: strictly, then repaired. Raises UnusableAnswer.

    Repaired are fences and prose around the object, trailing commas, wrong quotes, Python's
    literals, LaTeX backslashes and missing ends. An object that is wrapped in another one or in a
    list is taken out, and a list alone is put where the answer has its only list.
    """
    if len(text) > _MOST_CHARACTERS:
        raise UnusableAnswer
    try:
        found = storable_json(_read(text))
        for candidate in _candidates(found, answer):
            with suppress(ValidationError):
                return answer.model_validate(candidate)
    except (ValueError, RecursionError):
        pass
    raise UnusableAnswer


def _read(text: str) -> Any:
    protected = _STRAY.sub(r"\1\\\\", _LATEX.sub(r"\\\\", text))
    try:
        return json.loads(protected)
    except json.JSONDecodeError:
        return repair_json(protected, return_objects=True)


def _candidates(found: Any, answer: type[Answer], depth: int = 0) -> Iterator[Any]:
    """What in ``found`` may be meant as ``answer``, the most literal first.

    Only wrappers are taken off: objects with one field that is none of the answer's. What stands in
    a field of the answer, such as a quotation, is the student's, and may itself be JSON.
    """
    if depth > _MOST_WRAPPERS:
        return
    if isinstance(found, str) and depth:
        # JSON as a string in JSON.
        with suppress(json.JSONDecodeError):
            yield from _candidates(json.loads(found), answer, depth + 1)
    elif isinstance(found, dict):
        yield found
        if len(found) == 1 and not found.keys() & answer.model_fields.keys():
            yield from _candidates(next(iter(found.values())), answer, depth + 1)
    elif isinstance(found, list):
        fields = answer.model_fields
        if len(fields) == 1:
            yield {next(iter(fields)): found}
        # Prose around the object can look like more values.
        for value in found:
            yield from _candidates(value, answer, depth + 1)
