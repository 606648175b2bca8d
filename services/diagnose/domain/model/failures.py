"""Why a request to the model came to nothing."""

from enum import StrEnum


class Reason(StrEnum):
    """Codes that stand in results and metrics."""

    #: The provider failed so often that it is left alone for a while.
    BREAKER_OPEN = "breaker_open"
    #: The exam's spend cap is reached.
    EXAM_CAP = "exam_cap"
    #: The day's spend cap is reached.
    DAY_CAP = "day_cap"
    #: The provider wants us to wait longer than the exam can.
    RATE_LIMITED = "rate_limited"
    #: The provider does not accept the request: key, account, model or content.
    REFUSED = "refused"
    #: No usable response after all attempts.
    UNAVAILABLE = "unavailable"
    #: The provider answered, but never in the form that was asked for.
    UNUSABLE_ANSWER = "unusable_answer"
    #: The answer was longer than allowed.
    TRUNCATED = "truncated"
    #: The time that a stage has for the model was over.
    TOO_LATE = "too_late"


class ModelFailure(Exception):
    """The model gave no usable answer, for this reason. The local engine has to answer."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class UnusableAnswer(Exception):
    """The answer is not the JSON that was asked for, even repaired, or it cannot be true."""
