"""What is asked of a chat model and what it answers."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.diagnose.adapters.model.dialect import Dialect, Form
from services.diagnose.domain.model.answers import Answer


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Texts without personal data; ``task`` names the prompt file, such as ``grading.v1``."""

    task: str
    system: str
    user: str
    answer: type[Answer]
    max_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """The text of one response; ``is_cut`` when it ended at the token limit.

    ``has_thoughts`` when a reasoning model spent tokens before it answered.
    """

    text: str
    is_cut: bool
    has_thoughts: bool
    prompt_tokens: int
    completion_tokens: int


def request_body(
    request: ChatRequest, model: str, dialect: Dialect, max_tokens: int
) -> dict[str, Any]:
    """The JSON body of POST /chat/completions, as the endpoint understands it.

    Where it knows no JSON schema, the prompt carries the schema.
    """
    schema = strict_schema(request.answer)
    system = request.system
    if dialect.form is not Form.SCHEMA:
        shown = json.dumps(schema, ensure_ascii=False)
        system = f"{system}\n\nAnswer with JSON only. JSON schema of the answer:\n{shown}"
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": request.user},
        ],
        dialect.limit_field: max_tokens,
        "stream": dialect.is_streamed,
    }
    if dialect.form is Form.SCHEMA:
        named = {"name": request.answer.__name__, "strict": True, "schema": schema}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif dialect.form is Form.OBJECT:
        body["response_format"] = {"type": "json_object"}
    if dialect.has_temperature:
        body["temperature"] = 0
    if dialect.is_streamed:
        body["stream_options"] = {"include_usage": True}
    return body


@lru_cache(maxsize=32)
def strict_schema(answer: type[Answer]) -> dict[str, Any]:
    """The JSON schema with every field required and nothing besides, as strict mode demands."""
    schema: dict[str, Any] = _strict(answer.model_json_schema())
    return schema


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(part) for part in node]
    if not isinstance(node, dict):
        return node
    # Limits are checked here; many endpoints refuse schemas that name them.
    unwanted = {"title", "default", "minimum", "maximum", "maxLength", "maxItems"}
    kept = {key: _strict(value) for key, value in node.items() if key not in unwanted}
    if kept.get("type") == "object" and "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept
