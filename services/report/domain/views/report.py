"""What a report shows, as plain strings and pictures, the same for HTML and PDF."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.report.domain.drawing import charts, palette
from services.report.domain.page.places import Places
from services.report.domain.text.labels import words
from services.report.domain.text.notes import say_notes
from services.report.domain.text.plain_text import clean, number, percent, spread
from services.report.domain.views.error_book import error_crops
from services.report.domain.views.facts import view_colophon, view_facts
from services.report.domain.views.focus import FocusView, view_focus
from services.report.domain.views.listing import MOST_LISTED, listed
from services.report.domain.views.mastery import MasteryTable, view_mastery
from services.report.domain.views.pages import PageView, view_pages
from services.report.domain.views.questions import LongAnswer, QuestionGroup, view_questions
from services.report.domain.views.sections import SectionRow, view_sections
from services.report.domain.views.trend import TrendRow, view_trend
from shared.contract.documents import DiagnosisText, ExamResult
from shared.contract.failures import Language
from shared.contract.question_names import QuestionNames, have_numbers_of_their_own
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture and the sentence that stands for it where it cannot be seen."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many questions have a verdict; ``verdict`` names its symbol and colour."""

    verdict: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ScoreView:
    """The head of the report: the total, its rate and how sure it is."""

    earned: str
    out_of: str
    rate: str
    remarks: tuple[str, ...]
    #: None for a paper that was read and not scored.
    ring: Figure | None
    bar: Figure
    verdicts: tuple[VerdictCount, ...]


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """The written part, and who wrote it."""

    summary: str
    focus: tuple[FocusView, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    author: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything that a template needs. A template computes nothing and knows no other document."""

    lang: str
    words: dict[str, str]
    title: str
    facts: tuple[tuple[str, str], ...]
    score: ScoreView
    diagnosis: DiagnosisView
    mastery: MasteryTable
    trend: tuple[TrendRow, ...]
    sections: tuple[SectionRow, ...]
    groups: tuple[QuestionGroup, ...]
    long_answers: tuple[LongAnswer, ...]
    notes: tuple[str, ...]
    pages: tuple[PageView, ...]
    colophon: tuple[str, ...]
    symbols: dict[str, str]
    verdict_ink: dict[str, str]


def view_report(
    result: ExamResult,
    pages: Sequence[PageImage],
    submitted_at: datetime,
    places: Places,
) -> ReportView:
    """The report of ``result``, in its language; dates are in the zone of ``submitted_at``."""
    language = Language(result.language)
    label = words(language)
    shown = listed(result)
    names = QuestionNames(result.questions, language)
    groups, long_answers = view_questions(shown, names, label)
    notes = say_notes(result.notes, language, _printed(result))
    by_number = {page.number: page for page in pages}
    crops = error_crops(shown, by_number, places)
    if len(shown.questions) < len(result.questions):
        notes = (*notes, label["not_listed"].format(n=MOST_LISTED))
    return ReportView(
        lang="zh-CN" if language is Language.ZH else "en",
        words=label,
        title=clean(result.title or "") or label["untitled"],
        facts=view_facts(result, submitted_at, label),
        score=_view_score(result, label),
        diagnosis=_view_diagnosis(result.diagnosis, view_focus(result, crops, names, label), label),
        mastery=view_mastery(result.mastery, label),
        trend=view_trend(result.trend, label, submitted_at.tzinfo),
        sections=view_sections(result, label),
        groups=groups,
        long_answers=long_answers,
        notes=notes,
        pages=view_pages(shown.questions, pages, places, names, label),
        colophon=view_colophon(result, label),
        symbols={verdict.value: charts.symbol(verdict) for verdict in Verdict},
        verdict_ink={verdict.value: ink for verdict, ink in palette.VERDICT_INK.items()},
    )


def _printed(result: ExamResult) -> dict[str, str]:
    """The numbers that stand on the paper, by the address that notes name questions with."""
    is_plain = have_numbers_of_their_own(result.questions)
    return {
        f"{question.section}.{question.number}".lstrip("."): question.number
        if is_plain
        else "、".join(filter(None, (question.section, question.number)))
        for question in result.questions
    }


def _view_score(result: ExamResult, label: Mapping[str, str]) -> ScoreView:
    score = result.score
    is_scored = score.rate is not None
    # Without a key the rest is not open but unknown.
    left_open = score.open if is_scored and result.key_version is not None else 0.0
    full, best = score.full + left_open, score.earned + left_open
    rate = spread(score.earned / full, best / full, percent) if is_scored and full else "–"
    remarks = [label["questions_counted"].format(n=len(result.questions))]
    if not is_scored:
        remarks.append(label["nothing_graded" if result.key_version else "not_scored"])
    elif left_open:
        unit = "open_questions" if score.in_questions else "open_points"
        bounds = spread(score.earned, best, number)
        remarks.append(label[unit].format(open=number(left_open), bounds=bounds))
    if is_scored and result.key_version is None and score.ungraded:
        remarks.append(label["only_judged"].format(n=score.ungraded))
    elif is_scored and score.ungraded:
        remarks.append(label["review_count"].format(n=score.ungraded))
    if score.in_questions and is_scored:
        remarks.append(label["one_each"])
    out_of = label["out_of_questions" if score.in_questions else "out_of"]
    counted = Counter(question.verdict for question in result.questions)
    counts = {verdict: counted[verdict] for verdict in Verdict}
    verdicts = tuple(
        VerdictCount(verdict.value, label[verdict.value], n) for verdict, n in counts.items()
    )
    spoken = label["separator"].join(
        label["count_of"].format(label=entry.label, n=entry.count) for entry in verdicts
    )
    return ScoreView(
        earned=number(score.earned) if is_scored else label["read_only"],
        out_of=out_of.format(full=number(full)) if is_scored else "",
        rate=rate,
        remarks=tuple(remarks),
        ring=Figure(
            charts.score_ring(score.earned / full, best / full), label["ring_alt"].format(rate=rate)
        )
        if is_scored and full
        else None,
        bar=Figure(charts.verdict_bar(counts), label["bar_alt"].format(counts=spoken)),
        verdicts=verdicts,
    )


def _view_diagnosis(
    text: DiagnosisText, focus: tuple[FocusView, ...], label: Mapping[str, str]
) -> DiagnosisView:
    """The text. Where there are focus points, they say the weaknesses and what to do first."""
    lists = (
        (label["strengths"], text.strengths),
        (label["weaknesses"], () if focus else text.weaknesses),
        (
            label["errands"] if focus else label["recommendations"],
            text.recommendations[len(focus) :],
        ),
    )
    author = (
        label["by_rules"]
        if text.engine == "rules"
        else label["by_model"].format(engine=clean(text.engine))
    )
    return DiagnosisView(
        summary=clean(text.summary),
        focus=focus,
        lists=tuple((name, tuple(map(clean, items))) for name, items in lists if items),
        author=author,
    )
