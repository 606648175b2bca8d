"""Spend caps: what an exam and a day may cost, counted before a call is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.diagnose.adapters.model.ledger import SpendLedger
from services.diagnose.domain.model.failures import ModelFailure, Reason
from shared.contract.model_usage import ModelUsage
from shared.observability.metrics import MODEL_COST, MODEL_TOKENS


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in the operator's currency."""

    prompt_per_million: float = 0.0
    completion_per_million: float = 0.0

    def cost(self, prompt_tokens: float, completion_tokens: float) -> float:
        """The cost of one call."""
        return (
            prompt_tokens * self.prompt_per_million
            + completion_tokens * self.completion_per_million
        ) / 1e6


class DaySpend:
    """The day's cost over all processes, and what this one has reserved.

    This process sees what others spent at the start of each exam. Several processes together can
    therefore pass the cap by what their running exams cost. A ``cap`` of 0 is no cap.
    """

    def __init__(self, cap: float, ledger: SpendLedger | None) -> None:
        self._cap, self._ledger = cap, ledger
        self._recorded, self._unrecorded, self.reserved = 0.0, 0.0, 0.0

    async def refresh(self) -> None:
        """Ask what the day has cost so far."""
        if self._ledger is not None and self._cap > 0:
            self._recorded = await self._ledger.today()

    async def record(self, usage: ModelUsage) -> None:
        """Write down what an exam has cost."""
        if self._ledger is not None and usage.calls:
            await self._ledger.add(usage)
            self._recorded += usage.cost
            self._unrecorded -= usage.cost

    def has_room(self, amount: float) -> bool:
        """Whether ``amount`` still fits under the cap."""
        spent = self._recorded + self._unrecorded + self.reserved
        return self._cap <= 0 or spent + amount <= self._cap

    def spend(self, cost: float) -> None:
        """Count a cost that is not written down yet."""
        self._unrecorded += cost


@dataclass(slots=True)
class ExamBudget:
    """Counts what one stage of an exam uses.

    A ``cap`` of 0 is no cap. ``spent`` is what earlier stages cost.
    """

    prices: Prices
    cap: float
    day: DaySpend
    spent: float = 0.0
    calls: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    failures: dict[str, int] = field(default_factory=dict)
    prompts: set[str] = field(default_factory=set)
    _reserved: float = 0.0

    @contextmanager
    def reserve(self, prompt_tokens: int, completion_tokens: int) -> Iterator[None]:
        """Hold back the highest cost of a call while it runs. Raises ModelFailure at a cap."""
        most = self.prices.cost(prompt_tokens, completion_tokens)
        if self.cap > 0 and self.spent + self.cost + self._reserved + most > self.cap:
            raise ModelFailure(Reason.EXAM_CAP)
        if not self.day.has_room(most):
            raise ModelFailure(Reason.DAY_CAP)
        self._reserved += most
        self.day.reserved += most
        try:
            yield
        finally:
            self._reserved -= most
            self.day.reserved -= most

    def count(self, prompt_tokens: int, completion_tokens: int) -> None:
        """Count the tokens of an answer, and their cost."""
        cost = self.prices.cost(prompt_tokens, completion_tokens)
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.cost += cost
        self.day.spend(cost)
        MODEL_TOKENS.labels("prompt").inc(prompt_tokens)
        MODEL_TOKENS.labels("completion").inc(completion_tokens)
        MODEL_COST.inc(cost)

    def count_failure(self, reason: Reason) -> None:
        """Count a request that is left to the local engine."""
        self.failures[reason.value] = self.failures.get(reason.value, 0) + 1

    def usage(self, engine: str) -> ModelUsage:
        """The counts as they stand in the result."""
        return ModelUsage(
            engine=engine,
            calls=self.calls,
            retries=self.retries,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost=round(self.cost, 8),
            failures=dict(sorted(self.failures.items())),
            prompts=tuple(sorted(self.prompts)),
        )
