"""Asks a chat model, with budget, breaker, retries and repair. A failure is a ModelFailure."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.diagnose.adapters.model.breaker import CircuitBreaker
from services.diagnose.adapters.model.budget import ExamBudget
from services.diagnose.adapters.model.chat import ChatAnswer, ChatRequest, request_body
from services.diagnose.adapters.model.faults import Refusal, TransientFault
from services.diagnose.adapters.model.parsing import parse_answer
from services.diagnose.adapters.model.transport import ChatTransport
from services.diagnose.adapters.model.waiting import backoff_seconds
from services.diagnose.domain.model.answers import AnswerT
from services.diagnose.domain.model.failures import ModelFailure, Reason, UnusableAnswer
from shared.observability.metrics import MODEL_CALLS

log = structlog.get_logger(__name__)

#: Characters per token. A low figure makes a reservation too high rather than too low.
_CHARACTERS_PER_TOKEN = 1.5


@dataclass(frozen=True, slots=True)
class RetryRules:
    """How often a request is tried, the first wait, and the longest attempt."""

    most_attempts: int = 4
    first_backoff_seconds: float = 0.5
    attempt_seconds: float = 30.0


@dataclass(slots=True)
class _Progress:
    """What the attempts of a request pass on to the next one."""

    max_tokens: int
    attempt: int = 0


class ModelClient:
    """One model of one provider. ``name`` is the model's name, which stands in results."""

    def __init__(
        self,
        transport: ChatTransport,
        name: str,
        breaker: CircuitBreaker,
        rules: RetryRules,
        *,
        has_schema: bool = True,
    ) -> None:
        self.name = name
        self._transport, self._breaker, self._rules = transport, breaker, rules
        self._has_schema = has_schema
        #: No call begins before this moment, because the provider asked us to wait.
        self._quiet_until = 0.0

    async def ask(
        self,
        request: ChatRequest,
        answer: type[AnswerT],
        budget: ExamBudget,
        deadline: float,
        *,
        check: Callable[[AnswerT], None] | None = None,
        is_splittable: bool = False,
    ) -> AnswerT:
        """The model's answer, valid and accepted by ``check`` (which raises UnusableAnswer).

        ``deadline`` is a moment of time.monotonic(). After a cut answer the request is sent again
        with twice the tokens; a request that can be split fails at once. Raises ModelFailure.
        """
        budget.prompts.add(request.task)
        progress = _Progress(request.max_tokens)
        while True:
            progress.attempt += 1
            wait, reason = 0.0, Reason.UNAVAILABLE
            try:
                chat = await self._attempt(request, progress, budget, deadline)
                if chat.is_cut:
                    if is_splittable or progress.max_tokens > request.max_tokens:
                        raise ModelFailure(Reason.TRUNCATED)
                    progress.max_tokens *= 2
                    continue
                return self._accept(chat, answer, check)
            except UnusableAnswer:
                MODEL_CALLS.labels("unusable_answer").inc()
                reason = Reason.UNUSABLE_ANSWER
            except TransientFault as fault:
                wait, reason = self._after_fault(fault, progress.attempt)
            except Refusal as refusal:
                self._after_refusal(refusal)
            if progress.attempt >= self._rules.most_attempts:
                raise ModelFailure(reason)
            if time.monotonic() + wait >= deadline:
                raise ModelFailure(
                    Reason.RATE_LIMITED if reason is Reason.RATE_LIMITED else Reason.TOO_LATE
                )
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def _attempt(
        self, request: ChatRequest, progress: _Progress, budget: ExamBudget, deadline: float
    ) -> ChatAnswer:
        await self._be_quiet(deadline)
        body = request_body(request, self.name, has_schema=self._has_schema)
        body["max_tokens"] = progress.max_tokens
        characters = len(request.system) + len(request.user)
        most_prompt = int(characters / _CHARACTERS_PER_TOKEN)
        with budget.reserve(most_prompt, progress.max_tokens):
            self._breaker.enter()
            budget.calls += 1
            budget.retries += progress.attempt > 1
            chat = await self._send(body, deadline)
            # For an endpoint that reports no usage the estimate counts.
            budget.count(
                chat.prompt_tokens or most_prompt,
                chat.completion_tokens or int(len(chat.text) / _CHARACTERS_PER_TOKEN),
            )
        return chat

    async def _send(self, body: dict[str, object], deadline: float) -> ChatAnswer:
        """One exchange within its limit. The breaker and the metrics are told how it went.

        The wait for a connection of our own pool counts against the deadline, not the attempt.
        """
        has_begun = False
        offset = asyncio.get_running_loop().time() - time.monotonic()

        def begin() -> None:
            nonlocal has_begun
            if not has_begun:
                has_begun = True
                last = min(deadline, time.monotonic() + self._rules.attempt_seconds)
                limit.reschedule(last + offset)

        try:
            async with asyncio.timeout_at(deadline + offset) as limit:
                chat = await self._transport.send(body, begin)
        except TimeoutError:
            if not has_begun:
                self._breaker.left()
                raise ModelFailure(Reason.TOO_LATE) from None
            self._failed("timeout", is_outage=True)
            raise TransientFault("timeout") from None
        except TransientFault as fault:
            self._failed(fault.outcome, is_outage=fault.is_outage)
            raise
        except Refusal as refusal:
            MODEL_CALLS.labels("refused").inc()
            if refusal.is_general:
                self._breaker.trip()
            else:
                self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.succeeded()
        MODEL_CALLS.labels("cut" if chat.is_cut else "answered").inc()
        return chat

    def _failed(self, outcome: str, *, is_outage: bool) -> None:
        MODEL_CALLS.labels(outcome).inc()
        if is_outage:
            self._breaker.failed()
        else:
            self._breaker.left()

    async def _be_quiet(self, deadline: float) -> None:
        while (wait := self._quiet_until - time.monotonic()) > 0:
            if self._quiet_until >= deadline:
                raise ModelFailure(Reason.RATE_LIMITED)
            # Calls are spread: the provider has just said that it has too much to do.
            await asyncio.sleep(wait * random.uniform(1.0, 1.1))  # noqa: S311

    def _after_fault(self, fault: TransientFault, attempt: int) -> tuple[float, Reason]:
        """Seconds to wait, and what the request fails with if it was the last attempt."""
        if fault.retry_after is not None and not fault.is_outage:
            self._quiet_until = max(self._quiet_until, time.monotonic() + fault.retry_after)
        wait = backoff_seconds(attempt, self._rules.first_backoff_seconds, fault.retry_after)
        return wait, Reason.RATE_LIMITED if fault.outcome == "http_429" else Reason.UNAVAILABLE

    def _after_refusal(self, refusal: Refusal) -> None:
        if not (self._has_schema and refusal.is_about_format):
            log.warning("model.refused", status=str(refusal))
            raise ModelFailure(Reason.REFUSED)
        # From now on the schema goes into the prompt.
        self._has_schema = False

    @staticmethod
    def _accept(
        chat: ChatAnswer, answer: type[AnswerT], check: Callable[[AnswerT], None] | None
    ) -> AnswerT:
        parsed = parse_answer(chat.text, answer)
        if check is not None:
            check(parsed)
        return parsed
