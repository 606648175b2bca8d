"""What an endpoint was found to understand: OpenAI-compatible endpoints differ in a few fields."""

from dataclasses import dataclass
from enum import IntEnum

import structlog

from services.diagnose.adapters.model.faults import Refusal

log = structlog.get_logger(__name__)

#: Tokens that a reasoning model is given for its thoughts at first, and at most.
_FIRST_THOUGHTS, _MOST_THOUGHTS = 4096, 16_384


class Form(IntEnum):
    """How an endpoint is asked for JSON, the most exact way first."""

    SCHEMA = 0
    #: Any JSON object; the prompt carries the schema (DeepSeek, Zhipu, DashScope).
    OBJECT = 1
    #: No ``response_format`` at all; the prompt has to do.
    PROMPT = 2


#: Words of refusals that mean the format, such as those of xgrammar, llama.cpp and vLLM.
FORMAT_WORDS = ("response_format", "json_schema", "json_object", "grammar", "guided", "schema")


@dataclass(slots=True)
class Dialect:
    """Shared by all calls to an endpoint, and learned from what it refuses. ``version`` counts."""

    form: Form = Form.SCHEMA
    #: Newer models of OpenAI refuse ``max_tokens``.
    limit_field: str = "max_tokens"
    #: Reasoning models refuse every temperature but their own.
    has_temperature: bool = True
    #: Some endpoints only stream.
    is_streamed: bool = False
    #: Added to every limit, because thoughts count as well.
    thought_tokens: int = 0
    version: int = 0
    #: Whether a request in this form was answered.
    is_proven: bool = False

    def learn(self, refusal: Refusal, version: int) -> bool:
        """Change what the endpoint refused; False when nothing more can be changed.

        ``version`` is the one that the request was made with. Requests that were under way when
        something was learned are simply made anew.
        """
        if refusal.is_general:
            return False
        if version == self.version:
            learned = self._change(refusal.text)
            if learned is None:
                return False
            self.version += 1
            self.is_proven = False
            log.info("model.dialect", learned=learned)
        return True

    def think_longer(self, version: int) -> bool:
        """Leave more room for thoughts, which took all tokens; False when there is enough."""
        if version == self.version:
            if self.thought_tokens >= _MOST_THOUGHTS:
                return False
            self.thought_tokens = max(_FIRST_THOUGHTS, 2 * self.thought_tokens)
            self.version += 1
            log.info("model.dialect", learned=f"thought_tokens={self.thought_tokens}")
        return True

    def _change(self, text: str) -> str | None:
        if self.limit_field == "max_tokens" and "max_completion_tokens" in text:
            self.limit_field = "max_completion_tokens"
            return self.limit_field
        if self.has_temperature and "temperature" in text:
            self.has_temperature = False
            return "no temperature"
        if not self.is_streamed and "stream" in text:
            self.is_streamed = True
            return "stream"
        is_about_format = any(word in text for word in FORMAT_WORDS)
        # The format is what endpoints differ in most, whether or not the text says so. Once a
        # request was answered in this form, a refusal that does not say so is about the request.
        if self.form < Form.PROMPT and (is_about_format or not self.is_proven):
            self.form = Form(self.form + 1)
            return f"form={self.form.name.lower()}"
        return None
