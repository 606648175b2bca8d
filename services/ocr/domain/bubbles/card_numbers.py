"""Numbers the rows of all grids of a card at once: what was read votes for where each begins."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: Numbers of the rows of one grid grow by one, or by the number of grids side by side.
MAX_STEP = 8
#: Any two numbers lie on some line, so a step other than one needs a third.
STEP_VOTES = 3
#: A grid's numbering needs so many votes, and such a share of the numbers that were read.
MIN_VOTES, MIN_SHARE = 2, 0.4
#: How sure numbers are: voted for, and those that only follow the grid before.
VOTED, FOLLOWED = 1.0, 0.75


@dataclass(frozen=True, slots=True)
class Numbering:
    """The first number of a grid's rows and by how much they grow; ``votes`` were read so."""

    first: int
    step: int
    votes: int
    confidence: float

    def of(self, row: int) -> int:
        """The number of a row."""
        return self.first + self.step * row


def voted(numbers: Sequence[int | None]) -> Numbering | None:
    """The numbering that most of the read numbers agree with; None when too few do."""
    read = [(row, number) for row, number in enumerate(numbers) if number]
    best: tuple[int, int, int] | None = None
    for step in range(1, MAX_STEP + 1):
        votes = Counter(number - step * row for row, number in read)
        for first, count in votes.items():
            is_enough = step == 1 or count >= STEP_VOTES
            is_better = best is None or (count, -step) > (best[0], -best[1])
            if first >= 1 and is_enough and is_better:
                best = count, step, first
    if best is None or best[0] < min(MIN_VOTES, len(numbers)) or best[0] < MIN_SHARE * len(read):
        return None
    return Numbering(best[2], best[1], best[0], VOTED)


def numbered(found: Sequence[Sequence[int | None]]) -> list[Numbering | None]:
    """The numbering of each grid, in reading order; one without votes follows its neighbours."""
    voting = [voted(numbers) for numbers in found]
    for index, numbers in enumerate(found):
        if voting[index] is not None:
            continue
        before = voting[index - 1] if index else None
        after = voting[index + 1] if index + 1 < len(found) else None
        ends = []
        if before is not None and before.step == 1:
            ends.append(before.of(len(found[index - 1])))
        if after is not None and after.step == 1:
            ends.append(after.first - len(numbers))
        if ends and min(ends) >= 1 and len(set(ends)) == 1:
            sure = VOTED if len(ends) > 1 else FOLLOWED
            voting[index] = Numbering(ends[0], 1, 0, sure)
    return voting
