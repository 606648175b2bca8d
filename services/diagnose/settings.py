"""Settings of the diagnose worker."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import ServiceSettings


class DiagnoseSettings(ServiceSettings):
    """Fields that only the diagnose worker has."""

    #: The least confidence at which an answer or a mark decides; below it a person has to look.
    verdict_confidence: float = Field(default=0.8, ge=0.5, le=1.0)
    #: What a multiple choice answer earns when it names only right options, but not all of them.
    missed_options: Literal["half", "none", "proportional"] = "half"
    #: Wrong letters forgiven in a word of at least five letters.
    spelling_edits: int = Field(default=0, ge=0, le=2)
    #: Entries that each process caches in its own memory.
    cache_entries: int = Field(default=20_000, ge=100, le=1_000_000)
    #: The longest that they stay there: what an operator clears is gone everywhere after it.
    cache_memory_seconds: float = Field(default=3600.0, gt=0)
    #: How long each kind is kept in the shared tiers.
    cache_knowledge_points_days: float = Field(default=7.0, gt=0, le=3650)
    cache_paper_template_days: float = Field(default=30.0, gt=0, le=3650)
    cache_subject_settings_days: float = Field(default=1.0, gt=0, le=3650)
    #: An OpenAI-compatible endpoint, ``https://host/v1``. Unset: nothing leaves the machine.
    model_base_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+")
    model_api_key: SecretStr | None = None
    #: The model's name at its provider; it stands in results.
    model_name: str = "deepseek-chat"
    #: Connections to the provider: the only limit on concurrent calls of this process.
    model_connections: int = Field(default=256, ge=1, le=4096)
    #: A model always tags. These switch its other work: grades and causes of errors; advice.
    model_grading: bool = True
    model_advice: bool = True
    #: Ask for answers with a JSON schema. It is given up when the endpoint refuses it.
    model_strict_json: bool = True
    #: The longest single attempt, and how often a request is tried.
    model_attempt_seconds: float = Field(default=30.0, gt=0, le=300.0)
    model_attempts: int = Field(default=4, ge=1, le=10)
    #: The pause before the second attempt. Later pauses double; Retry-After replaces them.
    model_backoff_seconds: float = Field(default=0.5, gt=0, le=30.0)
    #: How long a stage waits for the model before the local engine answers.
    model_stage_seconds: float = Field(default=60.0, gt=0, le=100.0)
    #: Failures in a row that open the circuit breaker, and how long it stays open.
    model_breaker_failures: int = Field(default=5, ge=1, le=1000)
    model_breaker_seconds: float = Field(default=30.0, gt=0, le=3600.0)
    #: Prices of a million tokens, and caps in the same unit per exam and day (UTC); 0 is no cap.
    model_prompt_price: float = Field(default=0.0, ge=0)
    model_completion_price: float = Field(default=0.0, ge=0)
    model_exam_cap: float = Field(default=0.0, ge=0)
    model_day_cap: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _caps_have_prices(self) -> Self:
        has_cap = self.model_exam_cap > 0 or self.model_day_cap > 0
        if has_cap and not (self.model_prompt_price or self.model_completion_price):
            raise ValueError("a spend cap needs EXAMLENS_MODEL_PROMPT_PRICE or _COMPLETION_PRICE")
        return self
