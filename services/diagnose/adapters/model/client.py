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
from services.diagnose.adapters.model.concurrency import Attempt, Concurrency
from services.diagnose.adapters.model.dialect import Dialect, Form
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
#: The token field, temperature, streaming, two steps of the format, three of thoughts.
_MOST_LESSONS = 8
#: What a provider says that is asked too much at once.
_OVERLOADED = frozenset({"timeout", "http_429"})


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
    #: How often the request was changed because the endpoint did not understand it.
    lessons: int = 0


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
        most_calls: int = 256,
    ) -> None:
        self.name = name
        self._transport, self._breaker, self._rules = transport, breaker, rules
        self._dialect = Dialect(Form.SCHEMA if has_schema else Form.OBJECT)
        self._concurrency = Concurrency(most_calls)
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
            version = self._dialect.version
            try:
                chat = await self._attempt(request, progress, budget, deadline)
                if not chat.is_cut:
                    return self._accept(chat, answer, check)
                if chat.has_thoughts and self._dialect.think_longer(version):
                    self._repeat(progress)
                elif is_splittable or progress.max_tokens > request.max_tokens:
                    raise ModelFailure(Reason.TRUNCATED)
                else:
                    progress.max_tokens *= 2
                continue
            except UnusableAnswer:
                MODEL_CALLS.labels("unusable_answer").inc()
                reason = Reason.UNUSABLE_ANSWER
            except TransientFault as fault:
                wait, reason = self._after_fault(fault, progress.attempt)
            except Refusal as refusal:
                self._learn(refusal, version)
                self._repeat(progress)
                continue
            if progress.attempt >= self._rules.most_attempts:
                raise ModelFailure(reason)
            if time.monotonic() + wait >= deadline:
                raise ModelFailure(
                    Reason.RATE_LIMITED if reason is Reason.RATE_LIMITED else Reason.TOO_LATE
                )
            await asyncio.sleep(wait)

    def _learn(self, refusal: Refusal, version: int) -> None:
        """Ask differently from now on. Raises ModelFailure where that would not help."""
        if not self._dialect.learn(refusal, version):
            log.warning("model.refused", status=str(refusal))
            raise ModelFailure(Reason.REFUSED)

    @staticmethod
    def _repeat(progress: _Progress) -> None:
        """Ask again, in another way. Raises ModelFailure when there were too many."""
        progress.attempt -= 1
        progress.lessons += 1
        if progress.lessons > _MOST_LESSONS:
            raise ModelFailure(Reason.REFUSED)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def _attempt(
        self, request: ChatRequest, progress: _Progress, budget: ExamBudget, deadline: float
    ) -> ChatAnswer:
        await self._be_quiet(deadline)
        max_tokens = progress.max_tokens + self._dialect.thought_tokens
        body = request_body(request, self.name, self._dialect, max_tokens)
        characters = len(request.system) + len(request.user)
        most_prompt = int(characters / _CHARACTERS_PER_TOKEN)
        with budget.reserve(most_prompt, max_tokens):
            self._breaker.enter()
            budget.calls += 1
            budget.retries += progress.attempt + progress.lessons > 1
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
        offset = asyncio.get_running_loop().time() - time.monotonic()
        began_at = None
        try:
            async with asyncio.timeout_at(deadline + offset) as limit, self._concurrency.slot():
                attempt = Attempt(limit, self._rules.attempt_seconds, deadline)
                self._concurrency.begin(attempt)
                try:
                    chat = await self._transport.send(body, attempt.begin)
                finally:
                    self._concurrency.end(attempt)
                    began_at = attempt.began_at
        except TimeoutError:
            if began_at is None:
                self._breaker.left()
                raise ModelFailure(Reason.TOO_LATE) from None
            self._concurrency.overloaded(began_at)
            self._failed("timeout", is_outage=True)
            raise TransientFault("timeout") from None
        except TransientFault as fault:
            if fault.outcome in _OVERLOADED and began_at is not None:
                self._concurrency.overloaded(began_at)
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
        self._dialect.is_proven = True
        if began_at is not None:
            tokens = chat.completion_tokens or len(chat.text)
            self._concurrency.answered(time.monotonic() - began_at, tokens)
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

    @staticmethod
    def _accept(
        chat: ChatAnswer, answer: type[AnswerT], check: Callable[[AnswerT], None] | None
    ) -> AnswerT:
        parsed = parse_answer(chat.text, answer)
        if check is not None:
            check(parsed)
        return parsed
