"""What becomes of one delivery of a message."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one delivery of a message."""

    #: The output was recorded.
    RECORDED = "recorded"
    #: Nothing to do: done before, not due, or another worker has it.
    NOT_DUE = "not_due"
    #: The exam has ended or begun another run.
    SUPERSEDED = "superseded"
    #: The exam was cancelled on request.
    CANCELLED = "cancelled"
    #: The exam repeats another one and has ended.
    DUPLICATE = "duplicate"
    #: The lease was lost while computing; whoever has it now will record.
    FENCED = "fenced"
    #: The input is bad; the exam has failed with a code.
    REJECTED = "rejected"
    #: It failed and will be tried again.
    POSTPONED = "postponed"
    #: A server, a disk or this machine was in the way; it is tried again at no cost.
    HINDERED = "hindered"
    #: It failed too often; the exam has failed.
    EXHAUSTED = "exhausted"


#: Those whose attempt came to its end with an output.
WITH_OUTPUT = frozenset({Outcome.RECORDED, Outcome.CANCELLED, Outcome.DUPLICATE})


class TaskExhausted(Exception):
    """The task has used up its attempts: its message belongs among the dead letters."""
