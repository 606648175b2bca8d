"""What is asked of a chat model and what it answers."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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
    """The text of one response; ``is_cut`` when it ended at the token limit."""

    text: str
    is_cut: bool
    prompt_tokens: int
    completion_tokens: int


def request_body(request: ChatRequest, model: str, *, has_schema: bool) -> dict[str, Any]:
    """The JSON body of POST /chat/completions.

    Endpoints that know no JSON schema (DeepSeek) are asked for any JSON object; the prompt then
    carries the schema.
    """
    schema = strict_schema(request.answer)
    system = request.system
    if has_schema:
        name = request.answer.__name__
        form: dict[str, Any] = {
            "type": "json_schema",
            "json_schema": {"name": name, "strict": True, "schema": schema},
        }
    else:
        form = {"type": "json_object"}
        system = f"{system}\n\nJSON schema of the answer:\n{schema}"
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": request.user},
        ],
        "response_format": form,
        "max_tokens": request.max_tokens,
        "temperature": 0,
        "stream": False,
    }


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
