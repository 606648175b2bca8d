"""Writes the advice by rules from the figures, in Chinese or English."""

from services.diagnose.domain.advice.chinese_wording import ChineseWording
from services.diagnose.domain.advice.english_wording import EnglishWording
from services.diagnose.domain.advice.findings import Findings, Questions, gather, in_order
from services.diagnose.domain.advice.wording import Wording
from services.diagnose.domain.estimation.mastery import PointEstimate
from shared.contract.documents import Analysis, DiagnosisText, Focus
from shared.contract.failures import Language
from shared.contract.question_names import QuestionNames

#: Who wrote the text when no model did.
_ENGINE = "rules"
#: A report that lists everything is read by nobody, and nobody works on five things at once.
_MOST_CLAIMS = 3
#: A focus shows its most telling questions.
_MOST_SHOWN = 3
_LEAST_SECTION_ITEMS = 3
_LOW_RATE = 0.6


def advise(
    analysis: Analysis, estimates: tuple[PointEstimate, ...], language: Language
) -> DiagnosisText:
    """Write only what the figures prove. Every claim names its questions and its certainty.

    The first recommendations belong to the focus points, one each, in their order.
    """
    findings = gather(analysis, estimates)
    names = QuestionNames(analysis.questions, language)
    words: Wording = ChineseWording(names) if language is Language.ZH else EnglishWording(names)
    focus = _focus(findings, words)
    sentences = _summary(findings, words)
    return DiagnosisText(
        summary=(" " if language is Language.EN else "").join(sentences),
        focus=tuple(one for one, _ in focus),
        strengths=tuple(words.strength(point) for point in findings.strong[::-1][:_MOST_CLAIMS]),
        weaknesses=tuple(words.weakness(point) for point in findings.weak[:_MOST_CLAIMS]),
        recommendations=(
            *(done for _, done in focus),
            *_errands(findings, words, has_focus=bool(focus)),
        ),
        engine=_ENGINE,
    )


def _summary(findings: Findings, words: Wording) -> list[str]:
    sentences = [words.score(findings)]
    if not findings.graded:
        return sentences
    lowest = _lowest_section(findings)
    if lowest is not None:
        sentences.append(words.lowest_section(findings.sections[lowest]))
    sentences.append(words.levels(findings) if findings.has_points else words.no_points())
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


def _focus(findings: Findings, words: Wording) -> list[tuple[Focus, str]]:
    """What to work on, with what to do: weak points, slips that repeat, then other losses.

    A question is shown once: a later focus that has none of its own is left out.
    """
    found: list[tuple[Focus, str]] = []
    told: set[int] = set()

    def add(title: str, reason: str, lost: Questions, *, is_point: bool) -> None:
        own = tuple(question for question in lost if question.ordinal not in told)
        if not own or len(found) >= _MOST_CLAIMS:
            return
        told.update(question.ordinal for question in lost)
        shown = tuple(question.ordinal for question in own[:_MOST_SHOWN])
        focus = Focus(title=title, reason=reason, questions=shown)
        found.append((focus, words.do(own, is_point=is_point)))

    for point in findings.weak:
        add(point.name, words.why_weak(point), point.lost, is_point=True)
    for slip in findings.slips:
        add(words.slip_title(slip), words.why_slip(slip), slip.lost, is_point=False)
    thin = sorted(findings.undecided, key=lambda point: -point.lost_points)
    for point in thin:
        # A single question of a point is told with the other single ones.
        if len(point.lost) > 1:
            add(point.name, words.why_unsure(point), point.lost, is_point=True)
    rest = tuple(question for question in findings.wrong if question.ordinal not in told)
    if rest:
        add(words.other_title(rest), words.why_other(rest), _costliest(rest), is_point=False)
    return found


def _costliest(lost: Questions) -> Questions:
    """Those whose cause is known first, then those that cost most."""
    return tuple(
        sorted(
            lost,
            key=lambda q: (
                q.error_cause is None,
                (q.score or 0.0) - (q.full_score or 1.0),
                q.ordinal,
            ),
        )
    )


def _errands(findings: Findings, words: Wording, *, has_focus: bool) -> list[str]:
    """What is left to do or to ask besides the focus points."""
    found = []
    if findings.unanswered and findings.graded:
        found.append(words.unanswered(in_order(findings.unanswered)))
    # What was only read waits for a key, not for somebody to look at it.
    if findings.review and findings.graded and findings.has_key:
        found.append(words.review(in_order(findings.review)))
    found += [words.mismatch(*mismatch) for mismatch in findings.mismatches]
    if findings.conflicts:
        found.append(words.conflicts(in_order(findings.conflicts)))
    if not found and not has_focus and findings.graded:
        found.append(words.nothing_lost())
    return found
