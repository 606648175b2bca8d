"""Writes the advice by rules from the figures, in Chinese or English."""

from services.diagnose.domain.advice.chinese_wording import ChineseWording
from services.diagnose.domain.advice.english_wording import EnglishWording
from services.diagnose.domain.advice.findings import Findings, gather
from services.diagnose.domain.advice.wording import Wording
from services.diagnose.domain.estimation.mastery import PointEstimate
from shared.contract.documents import Analysis, DiagnosisText
from shared.contract.failures import Language

#: Who wrote the text when no model did.
_ENGINE = "rules"
#: A report that lists everything is read by nobody.
_MOST_CLAIMS = 5
_LEAST_SECTION_ITEMS = 3
_LOW_RATE = 0.6


def advise(
    analysis: Analysis, estimates: tuple[PointEstimate, ...], language: Language
) -> DiagnosisText:
    """Write only what the figures prove. Every claim names its questions and its certainty."""
    findings = gather(analysis, estimates)
    words: Wording = ChineseWording() if language is Language.ZH else EnglishWording()
    return DiagnosisText(
        summary=" ".join(_summary(findings, words))
        if language is Language.EN
        else "".join(_summary(findings, words)),
        strengths=tuple(words.strength(point) for point in findings.strong[::-1][:_MOST_CLAIMS]),
        weaknesses=tuple(words.weakness(point) for point in findings.weak[:_MOST_CLAIMS]),
        recommendations=tuple(_recommendations(findings, words)),
        engine=_ENGINE,
    )


def _summary(findings: Findings, words: Wording) -> list[str]:
    sentences = [words.score(findings)]
    lowest = _lowest_section(findings)
    if lowest is not None:
        sentences.append(words.lowest_section(findings.sections[lowest]))
    if findings.has_points:
        sentences.append(words.levels(findings))
    elif findings.graded:
        sentences.append(words.no_points())
    return sentences


def _lowest_section(findings: Findings) -> int | None:
    """The section that clearly lost most: low by itself and well below the whole paper."""
    rate = findings.score.rate
    rates = [
        (section.earned / section.full, i)
        for i, section in enumerate(findings.sections)
        if section.items >= _LEAST_SECTION_ITEMS and section.full
    ]
    if rate is None or not rates:
        return None
    lowest, place = min(rates)
    return place if lowest < _LOW_RATE and lowest < rate - 0.05 else None


def _recommendations(findings: Findings, words: Wording) -> list[str]:
    found = [words.practise(point) for point in findings.weak[:_MOST_CLAIMS]]
    covered = {where for point in findings.weak for where in point.lost}
    left = tuple(where for where in (*findings.wrong, *findings.partial) if where not in covered)
    if left:
        found.append(words.redo(left))
    thin = tuple(point for point in findings.undecided if point.lost and point.items)
    if thin:
        found.append(words.probe(thin[:_MOST_CLAIMS]))
    if findings.unanswered:
        found.append(words.unanswered(findings.unanswered))
    if findings.review:
        found.append(words.review(findings.review))
    found += [words.mismatch(*mismatch) for mismatch in findings.mismatches]
    if findings.conflicts:
        found.append(words.conflicts(findings.conflicts))
    if not found and findings.graded:
        found.append(words.nothing_lost())
    return found
