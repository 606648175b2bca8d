"""The outcome of comparing an answer with its key."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a comparison found."""

    RIGHT = "right"
    WRONG = "wrong"
    PARTIAL = "partial"
    #: Comparing texts cannot tell.
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``share`` is the earned part of the points, ``certainty`` the trust in the comparison."""

    outcome: Outcome
    share: float
    certainty: float = 1.0


RIGHT = Comparison(Outcome.RIGHT, 1.0)
WRONG = Comparison(Outcome.WRONG, 0.0)
UNDECIDED = Comparison(Outcome.UNDECIDED, 0.0, 0.0)


def partial(share: float) -> Comparison:
    """The outcome that earns ``share`` (0..1) of the points: 0 is wrong and 1 is right."""
    if share <= 0:
        return WRONG
    return RIGHT if share >= 1 else Comparison(Outcome.PARTIAL, share)


@dataclass(frozen=True, slots=True)
class ComparisonRules:
    """What an operator may choose about comparing.

    ``missed_options`` (``half``, ``none`` or ``proportional``) is what a multiple choice answer
    earns when it names only right options, but not all. ``spelling_edits`` is how many wrong
    letters are forgiven in a word of at least five letters.
    """

    missed_options: str = "half"
    spelling_edits: int = 0
