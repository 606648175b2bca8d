"""Joins several looks at one answer to a text with an honest confidence."""

from collections import defaultdict
from collections.abc import Sequence

from services.ocr.domain.ctc import Reading
from services.ocr.domain.short_answers import canonical

#: The line's own reading of the same strokes counts as so many looks at the strokes alone.
LINE_WEIGHT = 1.25


def decide(looks: Sequence[Reading], line: Reading | None) -> Reading:
    """The text with most confidence behind it.

    ``looks`` are readings of the strokes alone, ``line`` what the reading of the whole line has
    there. The confidence is the share of all looks that agree, weighted with their own.
    """
    votes: dict[str, float] = defaultdict(float)
    total = 0.0
    weighted = [(look, 1.0) for look in looks]
    if line is not None and line.text:
        weighted.append((line, LINE_WEIGHT))
    for reading, weight in weighted:
        votes[_spelled(reading.text)] += weight * reading.confidence
        total += weight
    if not votes:
        return Reading("", 0.0)
    text = max(votes, key=lambda spelling: votes[spelling])
    same = [reading for reading, _ in weighted if _spelled(reading.text) == text]
    best = max(same, key=lambda reading: (bool(reading.chars), reading.confidence))
    return Reading(best.text.strip(), min(1.0, votes[text] / total), best.chars)


def _spelled(text: str) -> str:
    """Readings that differ in white space only, or in how a sign is spelled, are the same."""
    plain = "".join(text.split())
    return canonical(plain) if len(plain) == 1 else plain
