"""The many forms in which endpoints send a chat completion become one answer."""

import json
from typing import Any

from services.diagnose.adapters.model.chat import ChatAnswer
from services.diagnose.adapters.model.faults import Refusal, TransientFault

_OK = 200
_EVENT = b"data:"
_DONE = b"[DONE]"
#: Where models that think aloud end their thoughts (Qwen, DeepSeek and others; gpt-oss).
_THOUGHT_ENDS = ("</think>", "</thinking>", "<|message|>")
_THOUGHT_STARTS = ("<think>", "<thinking>")


def read_completion(content: bytes) -> ChatAnswer:
    """The answer in a response's ``content``: one document, or events of a stream.

    Raises TransientFault for what is no completion, Refusal where the provider's filter stepped in.
    """
    stripped = content.strip()
    if not stripped:
        raise TransientFault("empty_body")
    try:
        document = _merged(stripped) if _is_stream(stripped) else json.loads(stripped)
        return _answer(document)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise TransientFault("broken_body") from None


def _is_stream(content: bytes) -> bool:
    return content.startswith((_EVENT, b"event:", b"id:", b":"))


def _merged(content: bytes) -> dict[str, Any]:
    """The events of a stream as the one document that they are parts of."""
    message: dict[str, Any] = {"content": "", "reasoning_content": ""}
    finish_reason, usage = None, None
    for line in content.splitlines():
        data = line.removeprefix(_EVENT).strip()
        if not line.startswith(_EVENT) or data == _DONE:
            continue
        event = json.loads(data)
        if event.get("error"):
            return {"error": event["error"]}
        usage = event.get("usage") or usage
        for choice in event.get("choices") or ():
            # Some send the whole message as their only event.
            part = choice.get("delta") or choice.get("message") or {}
            message["content"] += _text(part.get("content"))
            message["reasoning_content"] += _thoughts(part)
            finish_reason = choice.get("finish_reason") or finish_reason
    return {"choices": [{"message": message, "finish_reason": finish_reason}], "usage": usage}


def _answer(document: dict[str, Any]) -> ChatAnswer:
    if document.get("error"):
        # An error with status 200, as some gateways send it.
        raise TransientFault("error_body", is_outage=False)
    choice = document["choices"][0]
    message = choice["message"]
    reason = choice.get("finish_reason")
    if reason == "content_filter":
        raise Refusal(_OK, is_general=False, text=reason)
    usage = document.get("usage") or {}
    details = usage.get("completion_tokens_details") or {}
    thoughts = _thoughts(message)
    text, is_unfinished, has_thoughts = _without_thoughts(_text(message.get("content")))
    text = text or _arguments(message)
    is_cut = reason in {"length", "max_tokens"} or is_unfinished
    if not text.strip() and not is_cut:
        # Servers that split off thoughts may take the answer for one.
        text = thoughts
    if not text.strip() and not is_cut:
        raise TransientFault("empty_answer", is_outage=False)
    return ChatAnswer(
        text,
        is_cut,
        has_thoughts or bool(thoughts) or _count(details.get("reasoning_tokens")) > 0,
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
    )


def _text(content: Any) -> str:
    """A message's text: a string, parts with a text each, or nothing."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(
            part if isinstance(part, str) else str(part.get("text") or "") for part in content
        )
    if not isinstance(content, str):
        raise TypeError
    return content


def _thoughts(message: dict[str, Any]) -> str:
    return _text(message.get("reasoning_content") or message.get("reasoning"))


def _arguments(message: dict[str, Any]) -> str:
    """The arguments of a function that the model calls instead of answering."""
    for call in message.get("tool_calls") or ():
        return str(call["function"]["arguments"])
    return ""


def _without_thoughts(text: str) -> tuple[str, bool, bool]:
    """What follows the thoughts, whether they never ended, and whether there were any."""
    for end in _THOUGHT_ENDS:
        if end in text:
            return text.rpartition(end)[2], False, True
    if text.lstrip().startswith(_THOUGHT_STARTS):
        return "", True, True
    return text, False, False


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
