"""What a generator gets and what it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from random import Random

from services.diagnose.domain.practice.generators.notation import number


class Level(IntEnum):
    """How hard an item is meant to be."""

    #: One step, small numbers.
    EASY = 1
    #: Two steps, or the usual numbers of a class test.
    MEDIUM = 2
    #: Several steps, or the way back from a result.
    HARD = 3


#: The difficulty (0..1) that items of a level are given.
LEVEL_DIFFICULTY = {Level.EASY: 0.3, Level.MEDIUM: 0.5, Level.HARD: 0.75}


#: Results of usual mistakes.
Wrong = tuple[Fraction | int, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """The chance, the level and the language (``zh`` or ``en``) of one item."""

    rng: Random
    level: Level
    language: str

    def say(self, zh: str, en: str) -> str:
        """The wording in the item's language."""
        return zh if self.language == "zh" else en

    def between(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``."""
        return self.rng.randint(low, high)

    def nonzero(self, size: int) -> int:
        """A number other than 0 of at most ``size``, of either sign."""
        return self.rng.choice((-1, 1)) * self.rng.randint(1, size)


@dataclass(frozen=True, slots=True)
class Draft:
    """An item before it is decided whether it offers options.

    ``wrong`` are results of usual mistakes. An item whose answer is no single number has none and
    is never a choice.
    """

    stem: str
    answer: str
    solution: str
    value: Fraction | None = None
    wrong: tuple[Fraction, ...] = ()
    #: Writes a number the way the answer is written.
    write: Callable[[Fraction], str] = number


def numeric(
    stem: str,
    value: Fraction | int,
    solution: str,
    wrong: Wrong = (),
    write: Callable[[Fraction], str] = number,
) -> Draft:
    """A draft whose answer is the number ``value``."""
    exact = Fraction(value)
    return Draft(
        stem=stem,
        answer=f"${write(exact)}$",
        solution=solution,
        value=exact,
        wrong=tuple(Fraction(other) for other in wrong),
        write=write,
    )


def times_pi(value: Fraction) -> str:
    r"""``value`` times \pi."""
    if value == 1:
        return r"\pi"
    return rf"-{number(-value)}\pi" if value < 0 else rf"{number(value)}\pi"
