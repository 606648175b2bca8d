"""Nearly-JSON from a model becomes the document that was asked for."""

import json
import re
from typing import Any

from json_repair import repair_json
from pydantic import ValidationError

from services.diagnose.domain.model.answers import AnswerT
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


def parse_answer(text: str, answer: type[AnswerT]) -> AnswerT:
    """Read ``text`` as ``answer``: strictly, then repaired. Raises UnusableAnswer.

    Repaired are fences and prose around the object, trailing commas, wrong quotes, Python's
    literals, LaTeX backslashes and missing ends.
    """
    if len(text) > _MOST_CHARACTERS:
        raise UnusableAnswer
    try:
        return answer.model_validate(storable_json(_read(text)))
    except (ValidationError, ValueError, RecursionError):
        raise UnusableAnswer from None


def _read(text: str) -> Any:
    protected = _STRAY.sub(r"\1\\\\", _LATEX.sub(r"\\\\", text))
    try:
        return json.loads(protected)
    except json.JSONDecodeError:
        found = repair_json(protected, return_objects=True)
    if isinstance(found, list):
        # Prose around the object can look like more values.
        found = next((part for part in found if isinstance(part, dict)), None)
    if not isinstance(found, dict):
        raise UnusableAnswer
    return found
