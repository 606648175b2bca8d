"""The slice of the passage that each question takes."""

from dataclasses import dataclass

from services.parse.domain.questions.options import FoundOption
from services.parse.domain.questions.sums import Sum


@dataclass(frozen=True, slots=True)
class Span:
    """One question: ``start`` of its row, ``body`` after its number, ``stop`` after its text.

    Between ``start`` and ``number_at`` stands what is written before the number.
    """

    start: int
    number_at: int
    body: int
    stop: int
    number: str
    section: int
    options: tuple[FoundOption, ...] = ()
    #: The sum, conversion or comparison that the question is, where it is one.
    sum: Sum | None = None

    @property
    def stem_stop(self) -> int:
        """Where the stem ends and the options begin."""
        return min((option.start for option in self.options), default=self.stop)
