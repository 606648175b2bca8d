"""The sentences that advice is made of; one implementation per language."""

from typing import Protocol

from services.diagnose.domain.advice.findings import (
    Findings,
    PointFinding,
    Questions,
    SectionFinding,
    SlipFinding,
)


class Wording(Protocol):
    """Turns findings into sentences; adds no fact of its own."""

    def score(self, findings: Findings) -> str:
        """Points, and what is open; or that the paper was read and not scored."""
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

    def why_weak(self, point: PointFinding) -> str:
        """What a parent reads of a weak point: what was right, what was lost, and why it counts."""
        ...

    def why_unsure(self, point: PointFinding) -> str:
        """What a parent reads of a point with losses that is not called weak."""
        ...

    def slip_title(self, slip: SlipFinding) -> str:
        """What several slips have in common."""
        ...

    def why_slip(self, slip: SlipFinding) -> str:
        """In which questions the slip was made."""
        ...

    def other_title(self, lost: Questions) -> str:
        """Wrong answers that have no point in common."""
        ...

    def why_other(self, lost: Questions) -> str:
        """Which they are."""
        ...

    def do(self, lost: Questions, *, is_point: bool) -> str:
        """What to do about questions that cost points: by the first one's cause where it is known.

        ``is_point``: they are about one knowledge point.
        """
        ...

    def unanswered(self, questions: Questions) -> str:
        """Questions left empty."""
        ...

    def review(self, questions: Questions) -> str:
        """Questions a person has to grade."""
        ...

    def mismatch(self, section: str, written: str, computed: str) -> str:
        """A written sum that differs from ours; ``section`` is empty for the whole paper."""
        ...

    def conflicts(self, questions: Questions) -> str:
        """Questions whose evidence disagrees."""
        ...

    def nothing_lost(self) -> str:
        """Every graded question earned all its points."""
        ...
