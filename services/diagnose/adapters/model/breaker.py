"""A circuit breaker: a provider that keeps failing is left alone for a while."""

import time
from collections.abc import Callable

from services.diagnose.domain.model.failures import ModelFailure, Reason
from shared.observability.metrics import MODEL_BREAKER

_CLOSED, _HALF_OPEN, _OPEN = 0, 1, 2
#: One short hiccup can fail all calls that are under way; an outage lasts longer than this.
_LEAST_SPAN_SECONDS = 2.0


class CircuitBreaker:
    """Opens when ``failures`` calls in a row fail over at least two seconds.

    It stays open for ``pause_seconds``. Then it lets one call try the provider.
    """

    def __init__(
        self, failures: int, pause_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._pause, self._clock = failures, pause_seconds, clock
        self._count, self._first_at, self._open_until = 0, 0.0, 0.0
        self._state, self._is_trying = _CLOSED, False

    @property
    def is_open(self) -> bool:
        """Whether a call would be refused now."""
        if self._state == _OPEN:
            return self._clock() < self._open_until
        return self._state == _HALF_OPEN and self._is_trying

    def enter(self) -> None:
        """Ask to make a call; raises ModelFailure while the breaker is open."""
        if self.is_open:
            raise ModelFailure(Reason.BREAKER_OPEN)
        if self._state != _CLOSED:
            self._is_trying = True
            self._become(_HALF_OPEN)

    def succeeded(self) -> None:
        """The provider answered."""
        self._count, self._is_trying = 0, False
        self._become(_CLOSED)

    def failed(self) -> None:
        """The provider did not answer as it should."""
        now = self._clock()
        if self._count == 0:
            self._first_at = now
        self._count += 1
        is_outage = self._count >= self._most and now - self._first_at >= _LEAST_SPAN_SECONDS
        if self._state == _HALF_OPEN or is_outage:
            self.trip()

    def trip(self) -> None:
        """Open at once: no call can succeed."""
        self._open_until, self._is_trying = self._clock() + self._pause, False
        self._become(_OPEN)

    def left(self) -> None:
        """The call ended and says nothing about the provider."""
        self._is_trying = False

    def _become(self, state: int) -> None:
        self._state = state
        MODEL_BREAKER.set(state)
