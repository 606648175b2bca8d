"""The sentences that advice is made of; one implementation per language."""

from typing import Protocol

from services.diagnose.domain.advice.findings import Findings, PointFinding, SectionFinding

#: Longer lists of questions are cut, with their total count given.
MOST_ADDRESSES = 12


class Wording(Protocol):
    """Turns findings into sentences; adds no fact of its own."""

    def score(self, findings: Findings) -> str:
        """Points, graded and ungraded questions."""
        ...

    def lowest_section(self, section: SectionFinding) -> str:
        """The section that lost most."""
        ...

    def levels(self, findings: Findings) -> str:
        """How many points are weak, strong, or cannot be judged."""
        ...

    def no_points(self) -> str:
        """Say that no question names a knowledge point."""
        ...

    def strength(self, point: PointFinding) -> str:
        """A strong point with its evidence."""
        ...

    def weakness(self, point: PointFinding) -> str:
        """A weak point with its evidence."""
        ...

    def practise(self, point: PointFinding) -> str:
        """What to do about a weak point."""
        ...

    def redo(self, addresses: tuple[str, ...]) -> str:
        """Wrong answers that belong to no weak point."""
        ...

    def probe(self, points: tuple[PointFinding, ...]) -> str:
        """Points with losses but too few items to judge."""
        ...

    def unanswered(self, addresses: tuple[str, ...]) -> str:
        """Questions left empty."""
        ...

    def review(self, addresses: tuple[str, ...]) -> str:
        """Questions a person has to grade."""
        ...

    def mismatch(self, section: str, written: str, computed: str) -> str:
        """A written sum that differs from ours; ``section`` is empty for the whole paper."""
        ...

    def conflicts(self, addresses: tuple[str, ...]) -> str:
        """Questions whose evidence disagrees."""
        ...

    def nothing_lost(self) -> str:
        """Every graded question earned all its points."""
        ...
