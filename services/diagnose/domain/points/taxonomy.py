"""The tree of knowledge points: finding points by name and in a question's text."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.diagnose.domain.comparing.written_form import folded
from shared.contract.documents import KnowledgePoint

_CJK = re.compile(r"[\u4e00-\u9fff]")
#: What a name, an alias and a keyword count when a text holds them. A suggestion needs a least sum,
#: and a least lead over the next point.
_NAME, _ALIAS, _KEYWORD = 3.0, 2.0, 1.0
_LEAST_SCORE, _LEAST_LEAD = 2.5, 1.25
_MOST_SUGGESTED = 2


@dataclass(frozen=True, slots=True)
class TaxonomyPoint:
    """A point; ``id`` never changes. ``zh_path`` and ``en_path`` end in the point's own name."""

    id: str
    subject: str
    zh_path: tuple[str, ...]
    en_path: tuple[str, ...]
    aliases: tuple[str, ...]
    keywords: tuple[str, ...]
    is_leaf: bool

    def document(self, *, is_chinese: bool) -> KnowledgePoint:
        """The point with its names in one language."""
        path = self.zh_path if is_chinese else self.en_path
        return KnowledgePoint(id=self.id, name=path[-1], path=path)


class Taxonomy:
    """Points of all subjects; ``subject_names`` maps every folded name of a subject to its key."""

    def __init__(self, points: Iterable[TaxonomyPoint], subject_names: Mapping[str, str]) -> None:
        self.points = tuple(points)
        self._subject_names = dict(subject_names)
        self._by_name: dict[tuple[str, str], TaxonomyPoint] = {}
        self._by_alias: dict[tuple[str, str], TaxonomyPoint] = {}
        for point in self.points:
            for name in (point.zh_path[-1], point.en_path[-1]):
                self._by_name.setdefault((point.subject, folded(name)), point)
            for alias in point.aliases:
                self._by_alias.setdefault((point.subject, folded(alias)), point)
        described = "\n".join(repr(point) for point in self.points)
        self.version = hashlib.sha256(described.encode()).hexdigest()[:16]
        self._terms = {point.id: _terms(point) for point in self.points if point.is_leaf}
        self._spread = Counter(term for terms in self._terms.values() for term in terms)

    def subject_of(self, subject: str | None) -> str | None:
        """The key of a subject called ``subject`` in either language, None when unknown."""
        return self._subject_names.get(folded(subject or ""))

    def choices(self, subject: str | None, *, is_chinese: bool) -> tuple[KnowledgePoint, ...]:
        """The leaves of a subject; none for an unknown one."""
        key = self.subject_of(subject)
        return tuple(
            point.document(is_chinese=is_chinese)
            for point in self.points
            if point.subject == key and point.is_leaf
        )

    def find(self, subject: str | None, name: str) -> KnowledgePoint | None:
        """The point called ``name``; for an alias a child of its point that keeps the name."""
        key, wanted = self.subject_of(subject), folded(name)
        subjects = [key] if key else sorted(set(self._subject_names.values()))
        is_chinese = bool(_CJK.search(name))
        for table in (self._by_name, self._by_alias):
            found = [table[s, wanted] for s in subjects if (s, wanted) in table]
            if len(found) == 1:
                point = found[0].document(is_chinese=is_chinese)
                return point if table is self._by_name else _child(point, name)
        return None

    def suggest(self, subject: str | None, text: str) -> tuple[KnowledgePoint, ...]:
        """Up to two points that ``text`` clearly speaks of; none when it is not clear."""
        key = self.subject_of(subject)
        if key is None:
            return ()
        folded_text = text.casefold()
        scores = [
            (self._score(point, folded_text), point)
            for point in self.points
            if point.subject == key and point.is_leaf
        ]
        ranked = sorted(scores, key=lambda pair: -pair[0])[: _MOST_SUGGESTED + 1]
        is_chinese = bool(_CJK.search(text))
        for count in range(1, len(ranked)):
            score, following = ranked[count - 1][0], ranked[count][0]
            if score >= _LEAST_SCORE and score >= _LEAST_LEAD * following:
                return tuple(point.document(is_chinese=is_chinese) for _, point in ranked[:count])
        return ()

    def _score(self, point: TaxonomyPoint, text: str) -> float:
        """Weights of the point's terms in ``text``; a term of many points says little."""
        return sum(
            weight / (1 + math.log(self._spread[term]))
            for term, weight in self._terms[point.id].items()
            if _occurs(term, text)
        )


def _terms(point: TaxonomyPoint) -> dict[str, float]:
    weighted = {keyword.casefold(): _KEYWORD for keyword in point.keywords}
    weighted |= {alias.casefold(): _ALIAS for alias in point.aliases}
    weighted |= {name.casefold(): _NAME for name in (point.zh_path[-1], point.en_path[-1])}
    return {term: weight for term, weight in weighted.items() if len(term) > 1}


def _occurs(term: str, text: str) -> bool:
    if term not in text:
        return False
    if _CJK.search(term):
        return True
    return re.search(rf"(?<![a-z]){re.escape(term)}(?:e?s)?(?![a-z])", text) is not None


def _child(point: KnowledgePoint, name: str) -> KnowledgePoint:
    digest = hashlib.sha256(folded(name).encode()).hexdigest()
    return KnowledgePoint(id=f"{point.id}#{digest[:8]}", name=name, path=(*point.path, name))
