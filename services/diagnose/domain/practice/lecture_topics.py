"""What a lecture is about: its passages are looked up in the taxonomy one by one."""

import re
from collections import Counter

from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.tagging.languages import language_of
from shared.contract.documents import KnowledgePoint

#: A passage is about as long as the questions that the taxonomy's search was made for.
_PASSAGE_CHARACTERS = 240
_MOST_PASSAGES = 300
_BREAK = re.compile(r"\n\s*\n|(?<=[。！？!?;；])|(?<=[a-z0-9)]\.)\s|\n")
#: A point named by less than this share of the leading point's passages is only mentioned.
_LEAST_SHARE = 0.1


def lecture_points(
    text: str, subject: str | None, subjects: tuple[str, ...], index: PointIndex, most: int
) -> tuple[str | None, tuple[KnowledgePoint, ...]]:
    """The subject and up to ``most`` points of a lecture, the most discussed first.

    Without ``subject`` it is the one of ``subjects`` in which most passages name points.
    """
    passages = split_passages(text)
    best_subject: str | None = subject
    best: Counter[str] = Counter()
    points: dict[str, KnowledgePoint] = {}
    for candidate in (subject,) if subject else subjects:
        found: Counter[str] = Counter()
        for passage in passages:
            for point in index.suggest(candidate, passage):
                points[point.id] = point
                found[point.id] += 1
        if not found:
            # No passage speaks of a point clearly: names of points are counted instead.
            for point in _named(text, candidate, index):
                points[point.id] = point
                found[point.id] += text.count(point.name)
        if found.total() > best.total():
            best, best_subject = found, candidate
    if not best:
        return best_subject, ()
    ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
    least = _LEAST_SHARE * ranked[0][1]
    return best_subject, tuple(points[one] for one, count in ranked[:most] if count >= least)


def _named(text: str, subject: str | None, index: PointIndex) -> tuple[KnowledgePoint, ...]:
    """The points whose names of at least two characters stand in ``text``."""
    is_chinese = language_of([text]) == "zh"
    offered = index.choices(subject, is_chinese=is_chinese)
    return tuple(point for point in offered if len(point.name) > 1 and point.name in text)


def split_passages(text: str) -> tuple[str, ...]:
    """Passages of whole sentences, about _PASSAGE_CHARACTERS long. A long text is thinned out."""
    passages: list[str] = []
    current = ""
    for part in _BREAK.split(text):
        sentence = " ".join(part.split())
        if not sentence:
            continue
        if current and len(current) + len(sentence) > _PASSAGE_CHARACTERS:
            passages.append(current)
            current = ""
        current = f"{current} {sentence}".strip()[: 4 * _PASSAGE_CHARACTERS]
    if current:
        passages.append(current)
    step = -(-len(passages) // _MOST_PASSAGES) or 1
    return tuple(passages[::step])
