"""What stays the same of a person's writing through a sheet, and what they write with."""

import random
from dataclasses import dataclass

from pen import Colour

_PENCILS: tuple[Colour, ...] = ((96, 96, 102), (74, 74, 80), (118, 116, 118))
_PENS: tuple[Colour, ...] = ((26, 26, 30), (34, 34, 42), (24, 44, 150), (40, 60, 190), (20, 30, 96))


@dataclass(frozen=True, slots=True)
class Habits:
    """What stays the same through a sheet. Shares are of a capital's height.

    ``wobble`` moves every point of every stroke anew; ``bend`` moved the hand's own forms once.
    """

    slant: float
    breadth: float
    size: float
    wobble: float
    bend: float
    drift: float
    spacing: float
    is_pencil: bool
    draws_strokes: bool


def choose_habits(rng: random.Random) -> Habits:
    """A child of the first years writes large and unsteady, an older one small and fast."""
    is_young = rng.random() < 0.5
    return Habits(
        slant=rng.uniform(-0.08, 0.12) if is_young else rng.uniform(-0.05, 0.32),
        breadth=rng.uniform(0.75, 1.15),
        size=rng.uniform(1.1, 1.5) if is_young else rng.uniform(0.9, 1.25),
        wobble=rng.uniform(0.02, 0.045) if is_young else rng.uniform(0.012, 0.03),
        bend=rng.uniform(0.02, 0.06),
        drift=rng.uniform(0.03, 0.1) if is_young else rng.uniform(0.01, 0.06),
        spacing=rng.uniform(0.85, 1.25),
        is_pencil=rng.random() < (0.6 if is_young else 0.2),
        draws_strokes=rng.random() < 0.75,
    )


def choose_ink(habits: Habits, rng: random.Random) -> Colour:
    """The colour of this person's pencil or pen."""
    return rng.choice(_PENCILS if habits.is_pencil else _PENS)
