"""What a report shows, as plain strings and pictures, the same for HTML and PDF."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.report.domain.drawing import charts, palette
from services.report.domain.page.places import Places
from services.report.domain.text.labels import words
from services.report.domain.text.notes import say_notes
from services.report.domain.text.plain_text import clean, number, percent
from services.report.domain.views.listing import MOST_LISTED, listed
from services.report.domain.views.mastery import MasteryTable, view_mastery
from services.report.domain.views.pages import PageView, view_pages
from services.report.domain.views.questions import LongAnswer, QuestionGroup, view_questions
from services.report.domain.views.sections import SectionRow, view_sections
from services.report.domain.views.trend import TrendRow, view_trend
from shared.contract.documents import DiagnosisText, ExamResult
from shared.contract.failures import Language
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
    ring: Figure
    bar: Figure
    verdicts: tuple[VerdictCount, ...]


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """The written part, and who wrote it."""

    summary: str
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
    groups, long_answers = view_questions(shown, label)
    notes = say_notes(result.notes, language)
    if len(shown.questions) < len(result.questions):
        notes = (*notes, label["not_listed"].format(n=MOST_LISTED))
    return ReportView(
        lang="zh-CN" if language is Language.ZH else "en",
        words=label,
        title=clean(result.title or "") or label["untitled"],
        facts=view_facts(result, submitted_at, label),
        score=_view_score(result, label),
        diagnosis=_view_diagnosis(result.diagnosis, label),
        mastery=view_mastery(result.mastery, label),
        trend=view_trend(result.trend, label, submitted_at.tzinfo),
        sections=view_sections(result, label),
        groups=groups,
        long_answers=long_answers,
        notes=notes,
        pages=view_pages(shown.questions, pages, places, label),
        colophon=view_colophon(result, label),
        symbols={verdict.value: charts.symbol(verdict) for verdict in Verdict},
        verdict_ink={verdict.value: ink for verdict, ink in palette.VERDICT_INK.items()},
    )


def view_facts(
    result: ExamResult, submitted_at: datetime, label: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Name and value of what is known about the exam: student, subject, grade, time."""
    facts = (
        (label["student"], clean(result.student_ref or "")),
        (label["subject"], clean(result.subject or "")),
        (label["grade"], clean(result.grade or "")),
        (label["date"], f"{submitted_at:%Y-%m-%d %H:%M} {_offset(submitted_at)}"),
    )
    return tuple((name, value) for name, value in facts if value)


def _offset(moment: datetime) -> str:
    """How far its clock is from UTC: names of zones are ambiguous (CST)."""
    offset = f"{moment:%z}"
    return "UTC" if not offset.strip("+-0") else f"UTC{offset[:3]}:{offset[3:5]}"


def _view_score(result: ExamResult, label: Mapping[str, str]) -> ScoreView:
    score = result.score
    rate = "–" if score.rate is None else percent(score.rate)
    remarks = [label["questions_counted"].format(n=len(result.questions))]
    if score.ungraded:
        remarks += [label["review_count"].format(n=score.ungraded), label["review_note"]]
    if score.rate is None:
        remarks.append(label["nothing_graded"])
    if score.in_questions and score.rate is not None:
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
        earned="–" if score.rate is None else number(score.earned),
        out_of="" if score.rate is None else out_of.format(full=number(score.full)),
        rate=rate,
        remarks=tuple(remarks),
        ring=Figure(charts.score_ring(score.rate), label["ring_alt"].format(rate=rate)),
        bar=Figure(charts.verdict_bar(counts), label["bar_alt"].format(counts=spoken)),
        verdicts=verdicts,
    )


def _view_diagnosis(text: DiagnosisText, label: Mapping[str, str]) -> DiagnosisView:
    lists = (
        (label["strengths"], text.strengths),
        (label["weaknesses"], text.weaknesses),
        (label["recommendations"], text.recommendations),
    )
    author = (
        label["by_rules"]
        if text.engine == "rules"
        else label["by_model"].format(engine=clean(text.engine))
    )
    return DiagnosisView(
        summary=clean(text.summary),
        lists=tuple((name, tuple(map(clean, items))) for name, items in lists if items),
        author=author,
    )


def view_colophon(result: ExamResult, label: Mapping[str, str]) -> tuple[str, ...]:
    """Which run of which exam this is, made by which versions."""
    parts = [f"{label['exam_id']} {result.exam_id}", label["run"].format(n=result.run)]
    parts += [f"{clean(name)} {clean(version)}" for name, version in result.versions.items()]
    if result.timings:
        seconds = number(round(sum(result.timings.values()), 1))
        parts.append(label["made_in"].format(seconds=seconds))
    return tuple(parts)
