"""What each kind of evidence says of one question, and which of them is believed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.diagnose.domain.comparing.answers import compare
from services.diagnose.domain.comparing.outcomes import ComparisonRules, Outcome
from services.diagnose.domain.comparing.written_form import is_blank, written_form
from services.diagnose.domain.scoring.asked_form import has_asked_form
from shared.contract.answer_key import KeyQuestion
from shared.contract.notation.verdicts import CROSSES, TICKS
from shared.contract.questions import Evidence, EvidenceKind, Verdict
from shared.contract.reading import MarkKind, ReadQuestion

_SHARES = {MarkKind.TICK: 1.0, MarkKind.HALF_TICK: 0.5, MarkKind.CROSS: 0.0}
_MARK_SIGNS = {**dict.fromkeys(TICKS, 1.0), **dict.fromkeys(CROSSES + "xX", 0.0)}
#: Evidence under the threshold but above this can still make a verdict doubtful.
_DOUBT = 0.5


@dataclass(frozen=True, slots=True)
class Judgement:
    """One source's opinion: ``share`` of the points, and the probability that it is right."""

    kind: EvidenceKind
    share: float
    confidence: float
    is_unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """The believed opinion; ``share`` is None when a person has to look.

    ``conflicts`` are pairs of kinds such as mark and key that contradict each other.
    """

    verdict: Verdict
    share: float | None
    confidence: float
    conflicts: tuple[tuple[EvidenceKind, EvidenceKind], ...] = ()


@dataclass(frozen=True, slots=True)
class ScoringRules:
    """``threshold``: the least confidence at which evidence decides without a person."""

    threshold: float = 0.8
    comparison: ComparisonRules = field(default_factory=ComparisonRules)


def judge(
    read: ReadQuestion | None,
    key: KeyQuestion | None,
    full_score: float | None,
    rules: ScoringRules,
    computed: Judgement | None = None,
) -> tuple[Judgement, ...]:
    """Every opinion on a question, in the order of trust: written score, mark, key, arithmetic.

    ``computed`` says what arithmetic alone says; it counts where the key has no answer.
    """
    if read is None:
        return ()
    found = [
        best
        for best in (
            _written_score(read.marks, full_score),
            _mark(read.marks),
            _key(read, key, rules),
            computed if key is None or not key.answer.strip() else None,
        )
        if best is not None
    ]
    if not found and read.answer is not None and is_blank(read.answer.text):
        found = [Judgement(EvidenceKind.ANSWER, 0.0, read.answer.confidence, is_unanswered=True)]
    return tuple(found)


def rule(judgements: tuple[Judgement, ...], certainty: float, threshold: float) -> Ruling:
    """The first opinion that is sure enough decides. Later ones can only confirm or be noted.

    ``certainty`` is the trust in the alignment of question and key. A person has to look when a
    more trusted source was too unsure to decide and contradicts the deciding one.
    """
    best = max((j.confidence * certainty for j in judgements), default=0.0)
    deciding = next((j for j in judgements if j.confidence * certainty >= threshold), None)
    if deciding is None:
        return Ruling(Verdict.NEEDS_REVIEW, None, best)
    against = [j for j in judgements if j.confidence >= _DOUBT and _contradict(j, deciding)]
    place = judgements.index(deciding)
    conflicts = tuple(
        (j.kind, deciding.kind) if judgements.index(j) < place else (deciding.kind, j.kind)
        for j in against
    )
    if any(judgements.index(j) < place for j in against):
        return Ruling(Verdict.NEEDS_REVIEW, None, _DOUBT, conflicts)
    return Ruling(_verdict(deciding), deciding.share, deciding.confidence * certainty, conflicts)


def _contradict(one: Judgement, other: Judgement) -> bool:
    return abs(one.share - other.share) > 1e-6


def _verdict(judgement: Judgement) -> Verdict:
    if judgement.is_unanswered:
        return Verdict.UNANSWERED
    if judgement.share >= 1:
        return Verdict.CORRECT
    return Verdict.PARTIAL if judgement.share > 0 else Verdict.INCORRECT


def _surest(found: Iterable[Judgement]) -> Judgement | None:
    return max(found, key=lambda j: j.confidence, default=None)


def _written_score(marks: tuple[Evidence, ...], full_score: float | None) -> Judgement | None:
    if not full_score:
        return None
    found = []
    for mark in marks:
        points = _points(mark.text, full_score) if mark.kind is EvidenceKind.SCORE else None
        if points is not None:
            found.append(Judgement(EvidenceKind.SCORE, points / full_score, mark.confidence))
    return _surest(found)


def _points(text: str, full_score: float) -> float | None:
    """The points a teacher wrote: ``3``, ``3分``, ``3/5``, the deduction ``-2``; else None."""
    text = re.sub(r"[分'\s]|points?|pts?", "", written_form(text))
    found = re.fullmatch(r"(-?)(\d+(?:\.\d+)?)(?:/(\d+(?:\.\d+)?))?", text)
    is_nothing = found is not None and found[1] and not float(found[2])
    # Nobody deducts nothing: -0 is a stroke misread.
    if found is None or is_nothing or (found[3] and float(found[3]) != full_score):
        return None
    points = full_score - float(found[2]) if found[1] else float(found[2])
    return points if 0 <= points <= full_score else None


def _mark(marks: tuple[Evidence, ...]) -> Judgement | None:
    found = []
    for mark in marks:
        text = mark.text.strip()
        share = _SHARES.get(MarkKind(text)) if text in set(MarkKind) else _MARK_SIGNS.get(text)
        if mark.kind is EvidenceKind.MARK and share is not None:
            found.append(Judgement(EvidenceKind.MARK, share, mark.confidence))
    surest = _surest(found)
    if surest and any(j.share != surest.share and j.confidence >= _DOUBT for j in found):
        # A tick and a cross at one question: neither is believed.
        return Judgement(surest.kind, surest.share, min(surest.confidence, _DOUBT))
    return surest


def _key(read: ReadQuestion, key: KeyQuestion | None, rules: ScoringRules) -> Judgement | None:
    if key is None or read.answer is None:
        return None
    if is_blank(read.answer.text):
        return Judgement(EvidenceKind.KEY, 0.0, read.answer.confidence, is_unanswered=True)
    found = compare(key.type, read.answer.text, key.answer, read.options, rules.comparison)
    stem = read.stem or key.stem or ""
    if found.outcome is Outcome.UNDECIDED or not has_asked_form(stem, read.answer.text, key.answer):
        return None
    return Judgement(EvidenceKind.KEY, found.share, read.answer.confidence * found.certainty)
