"""Joins several looks at one answer to a text with an honest confidence."""

import re
from collections import defaultdict
from collections.abc import Sequence

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.short_answers import canonical

#: The line's own reading of the same strokes counts as so many looks at the strokes alone.
LINE_WEIGHT = 1.25
#: A reading without the decimal point that another has supports that, but not fully.
LOST_POINT = 0.7


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
    for text in list(votes):
        fuller = next((other for other in votes if _has_lost_points(text, other)), None)
        if fuller is not None:
            votes[fuller] += LOST_POINT * votes.pop(text)
    text = max(votes, key=lambda spelling: votes[spelling])
    same = [reading for reading, _ in weighted if _spelled(reading.text) == text]
    best = max(same, key=lambda reading: (bool(reading.chars), reading.confidence))
    # As written, with its spaces, where its spelling is not what differs.
    told = best.text.strip() if "".join(best.text.split()) == text else text
    return Reading(told, min(1.0, votes[text] / total), best.chars)


def _spelled(text: str) -> str:
    """Readings that differ in white space only, or in how a sign is spelled, are the same."""
    plain = "".join(text.split())
    if len(plain) == 1:
        return canonical(plain)
    plain = plain.rstrip(".．。,，;；")
    return re.sub(r"^[—–－−一-](?=\d)", "-", plain)


def _has_lost_points(text: str, other: str) -> bool:
    """Whether ``text`` is ``other`` without decimal points: taken for dust, or for the rule's."""
    whole, point, rest = other.partition(".")
    return bool(point and rest) and text.isdecimal() and text == whole + rest
