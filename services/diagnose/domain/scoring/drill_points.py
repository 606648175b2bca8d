"""What the questions of a drill are worth where neither a key nor the paper says so."""

from dataclasses import dataclass

from services.diagnose.domain.scoring.alignment import Pair
from shared.contract.answer_key import AnswerKey
from shared.contract.reading import ReadPaper, ReadQuestion


@dataclass(frozen=True, slots=True)
class DrillPoints:
    """``shares`` are by section: its printed points, spread over its questions.

    ``counts_questions``: nothing on the paper is worth anything, so every sum counts one.
    """

    shares: dict[str, float]
    counts_questions: bool

    @classmethod
    def of(cls, paper: ReadPaper, key: AnswerKey | None) -> "DrillPoints":
        """The points of a paper; none where a key says what questions are worth."""
        if key is not None:
            return cls({}, counts_questions=False)
        shares = {}
        for section in paper.sections:
            inside = [read for read in paper.questions if read.section == section.label]
            if section.points and inside and all(_is_open_sum(read) for read in inside):
                shares[section.label] = section.points / len(inside)
        has_points = any(read.points for read in paper.questions) or any(
            section.points for section in paper.sections
        )
        has_sums = any(read.asked is not None for read in paper.questions)
        return cls(shares, counts_questions=has_sums and not has_points)

    def points_of(self, pair: Pair) -> float | None:
        """The points of a question for which none are printed; None where it has none."""
        if pair.read is None or pair.read.asked is None:
            return None
        if self.counts_questions:
            return 1.0
        return self.shares.get(pair.read.section)


def _is_open_sum(read: ReadQuestion) -> bool:
    return read.asked is not None and read.points is None
