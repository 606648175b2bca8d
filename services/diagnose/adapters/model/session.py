"""A stage's talk with a model: its cost, its time, and what must not leave the machine."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from services.diagnose.adapters.model.budget import DaySpend, ExamBudget, Prices
from services.diagnose.adapters.model.chat import ChatRequest
from services.diagnose.adapters.model.client import ModelClient
from services.diagnose.adapters.model.ledger import PostgresLedger
from services.diagnose.adapters.model.prompts import system_prompt
from services.diagnose.adapters.model.sealing import sealed
from services.diagnose.domain.model.answers import AnswerT
from services.diagnose.domain.model.failures import ModelFailure, Reason
from services.diagnose.domain.model.redaction import Redactor
from shared.contract.model_usage import ModelUsage
from shared.contract.notes import Note, NoteKind
from shared.db.database import DATABASE_ERRORS, Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """Caps in the unit of the prices (0 is none) and the seconds that a stage waits for a model."""

    prices: Prices = field(default_factory=Prices)
    exam_cap: float = 0.0
    day_cap: float = 0.0
    stage_seconds: float = 60.0


class ChatSession:
    """Asks for one exam. A failure is counted and gives None; it is never raised."""

    def __init__(
        self, client: ModelClient, budget: ExamBudget, redactor: Redactor, deadline: float
    ) -> None:
        self._client, self._budget, self._deadline = client, budget, deadline
        self.redactor = redactor

    @property
    def engine(self) -> str:
        """The model's name."""
        return self._client.name

    async def ask(
        self,
        task: str,
        words: Mapping[str, str],
        data: Mapping[str, Any],
        answer: type[AnswerT],
        *,
        max_tokens: int,
        check: Callable[[AnswerT], None] | None = None,
        is_splittable: bool = False,
    ) -> AnswerT | None:
        """The answer about ``data``, which is redacted here; None when the local engine has to.

        ``words`` are put into the prompt ``task``. Where a request ``is_splittable``, ModelFailure
        is raised for an answer that was cut.
        """
        system = system_prompt(task, **words)
        user = sealed(self.redactor.data(dict(data)))
        request = ChatRequest(task, system, user, answer, max_tokens)
        try:
            return await self._client.ask(
                request,
                answer,
                self._budget,
                self._deadline,
                check=check,
                is_splittable=is_splittable,
            )
        except ModelFailure as failure:
            if is_splittable and failure.reason is Reason.TRUNCATED:
                raise
            self._budget.count_failure(failure.reason)
            return None

    def count_failure(self, reason: Reason) -> None:
        """Count a request that is left to the local engine."""
        self._budget.count_failure(reason)

    def usage(self) -> ModelUsage:
        """What was used so far."""
        return self._budget.usage(self.engine)

    def notes(self) -> tuple[Note, ...]:
        """A note for each reason why the local engine had to answer."""
        return tuple(
            Note(kind=NoteKind.MODEL_FALLBACK, details=(reason,))
            for reason in self.usage().failures
        )


class ChatSessions:
    """Opens sessions; keeps the day's spend of this process."""

    def __init__(self, client: ModelClient, limits: ModelLimits) -> None:
        self._client, self._limits = client, limits
        self._day = DaySpend(limits.day_cap, None)

    def keep_in(self, database: Database) -> None:
        """Share the day's spend with other processes through ``database``."""
        self._day = DaySpend(self._limits.day_cap, PostgresLedger(database))

    @asynccontextmanager
    async def open(self, redactor: Redactor, spent: float = 0.0) -> AsyncIterator[ChatSession]:
        """A session of one stage; ``spent`` is what earlier stages of the exam cost.

        The cost is written down at the end, whatever becomes of the stage's work.
        """
        await self._day.refresh()
        limits = self._limits
        budget = ExamBudget(limits.prices, limits.exam_cap, self._day, spent)
        deadline = time.monotonic() + limits.stage_seconds
        session = ChatSession(self._client, budget, redactor, deadline)
        try:
            yield session
        finally:
            try:
                await self._day.record(session.usage())
            except DATABASE_ERRORS:
                # The stage's own transaction will fail as well. The day's sum misses one exam.
                log.warning("model.spend_unrecorded")

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()
