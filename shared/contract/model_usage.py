"""What a language model did for an exam and what that took."""

from pydantic import Field

from shared.contract.model import Document


class ModelUsage(Document):
    """Counts of one exam; ``cost`` is in the unit of the operator's prices.

    ``calls`` are HTTP attempts. ``retries`` are those after the first attempt of a request.
    ``failures`` counts the requests that were left to the local engine, by reason:
    ``breaker_open``, ``exam_cap``, ``day_cap``, ``refused``, ``unavailable``,
    ``unusable_answer``, ``too_late``.
    """

    engine: str = ""
    calls: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    failures: dict[str, int] = Field(default_factory=dict)
    #: Prompt files by name and version, such as ``grading.v1``.
    prompts: tuple[str, ...] = ()


def total_usage(*parts: ModelUsage | None) -> ModelUsage | None:
    """The sum of what stages used; None when no stage had a model."""
    used = [part for part in parts if part is not None]
    if not used:
        return None
    failures: dict[str, int] = {}
    for part in used:
        for reason, count in part.failures.items():
            failures[reason] = failures.get(reason, 0) + count
    return ModelUsage(
        engine=used[0].engine,
        calls=sum(part.calls for part in used),
        retries=sum(part.retries for part in used),
        prompt_tokens=sum(part.prompt_tokens for part in used),
        completion_tokens=sum(part.completion_tokens for part in used),
        cost=round(sum(part.cost for part in used), 8),
        failures=failures,
        prompts=tuple(sorted({prompt for part in used for prompt in part.prompts})),
    )
