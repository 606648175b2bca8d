"""What the class page shows, as plain strings."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.domain.classes.words import class_words
from shared.contract.api.papers import ClassBody
from shared.contract.class_report import ClassItem, ClassPoint, ClassReport
from shared.contract.documents import MasteryLevel
from shared.contract.failures import Language

#: Background and text of a heat map cell; each pair has at least 4.5:1 contrast.
_LEVEL_COLOURS: dict[MasteryLevel, tuple[str, str]] = {
    MasteryLevel.STRONG: ("#cdebdb", "#0f5132"),
    MasteryLevel.ADEQUATE: ("#d9e8f5", "#164a70"),
    MasteryLevel.WEAK: ("#f7d4d1", "#8c1d18"),
    MasteryLevel.INSUFFICIENT_EVIDENCE: ("#eef0f3", "#52606d"),
}


@dataclass(frozen=True, slots=True)
class Band:
    """One bar of the distribution; ``height`` in percent of the highest."""

    label: str
    students: int
    height: float


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One question; ``answers`` are label, count and whether it is right."""

    address: str
    type: str
    points: str
    graded: str
    rate: str
    bar: float
    difficulty: str
    discrimination: str
    answers: tuple[tuple[str, int, bool], ...]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Text and level of one cell; ``text`` is empty where a student has no such point."""

    text: str
    level: str
    meaning: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One student's cells, in the order of the columns."""

    student: str
    rate: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class ClassView:
    """Everything that the template needs; it computes nothing."""

    lang: str
    words: dict[str, str]
    title: str
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    bands: tuple[Band, ...]
    bands_alt: str
    at_risk: tuple[tuple[str, str, str], ...]
    most_missed: tuple[tuple[str, str], ...]
    items: tuple[ItemRow, ...]
    points: tuple[tuple[str, str, str], ...]
    heat: tuple[HeatRow, ...]
    levels: tuple[tuple[str, str], ...]
    colours: dict[str, tuple[str, str]]


def view_class(body: ClassBody, language: Language) -> ClassView:
    """The page of a class in ``language``; students are named by their references only."""
    words, report = class_words(language), body.report
    bands = _bands(report)
    spoken = ", ".join(f"{band.label} {band.students}" for band in bands)
    return ClassView(
        lang="zh-CN" if language is Language.ZH else "en",
        words=words,
        title=body.title,
        facts=_facts(body, words),
        remarks=_remarks(body, words),
        figures=_figures(report, words),
        bands=bands,
        bands_alt=words["bands_alt"].format(counts=spoken),
        at_risk=tuple(
            (
                _name(student.student_ref, student.exam_id),
                _percent(student.rate),
                "、".join(student.weak_points)
                if language is Language.ZH
                else ", ".join(student.weak_points),
            )
            for student in report.at_risk
        ),
        most_missed=_most_missed(report),
        items=tuple(_item(item, words) for item in report.items),
        points=tuple(
            (
                point.knowledge_point.name,
                " › ".join(point.knowledge_point.path[:-1]),
                _whole(point.mean_mastery),
            )
            for point in report.points
        ),
        heat=_heat(report, words),
        levels=tuple((level.value, words[level.value]) for level in _LEVEL_COLOURS),
        colours={level.value: pair for level, pair in _LEVEL_COLOURS.items()},
    )


def _facts(body: ClassBody, words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    at = body.computed_at
    computed = "" if at is None else f"{at:%Y-%m-%d %H:%M} {at:%Z}"
    facts = (
        (words["subject"], body.subject or ""),
        (words["grade"], body.grade or ""),
        (words["students"], str(len(body.report.students))),
        (words["computed"], computed),
    )
    return tuple((name, value) for name, value in facts if value)


def _remarks(body: ClassBody, words: Mapping[str, str]) -> tuple[str, ...]:
    remarks = []
    if body.stale_exams:
        remarks.append(words["stale"].format(n=body.stale_exams))
    elif not body.is_current:
        remarks.append(words["not_current"])
    if body.report.is_refitted:
        remarks.append(words["refitted"])
    if body.report.left_out:
        remarks.append(words["left_out"].format(n=body.report.left_out))
    return tuple(remarks)


def _figures(report: ClassReport, words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    known = report.distribution
    if known is None:
        return ()
    return (
        (words["mean"], _percent(known.mean)),
        (words["median"], _percent(known.median)),
        (words["deviation"], _percent(known.deviation)),
    )


def _bands(report: ClassReport) -> tuple[Band, ...]:
    counts = () if report.distribution is None else report.distribution.bands
    highest = max(counts, default=0) or 1
    width = 100 // len(counts) if counts else 0
    return tuple(
        Band(f"{place * width}–{(place + 1) * width}%", count, 100 * count / highest)
        for place, count in enumerate(counts)
    )


def _most_missed(report: ClassReport) -> tuple[tuple[str, str], ...]:
    rates = {item.address: item.score_rate for item in report.items}
    return tuple(
        (address, _percent(rate))
        for address in report.most_missed
        if (rate := rates.get(address)) is not None
    )


def _item(item: ClassItem, words: Mapping[str, str]) -> ItemRow:
    return ItemRow(
        address=item.address,
        type=words[item.type.value],
        points="、".join(item.knowledge_points) or "–",
        graded=str(item.graded),
        rate="–" if item.score_rate is None else _percent(item.score_rate),
        bar=100 * (item.score_rate or 0.0),
        difficulty="–" if item.difficulty is None else f"{item.difficulty:.2f}",
        discrimination="–" if item.discrimination is None else f"{item.discrimination:.2f}",
        answers=tuple(
            (count.answer or words["unanswered"], count.students, count.is_right)
            for count in item.answers
        ),
    )


def _heat(report: ClassReport, words: Mapping[str, str]) -> tuple[HeatRow, ...]:
    cells = {
        (point.knowledge_point.id, cell.exam_id): (cell.mastery, cell.level)
        for point in report.points
        for cell in point.students
    }

    def cell(point: ClassPoint, exam_id: str) -> HeatCell:
        known = cells.get((point.knowledge_point.id, exam_id))
        if known is None:
            return HeatCell("", "", "")
        mastery, level = known
        is_open = level is MasteryLevel.INSUFFICIENT_EVIDENCE
        text = f"{mastery * 100:.0f}" + ("?" if is_open else "")
        return HeatCell(text, level.value, words[level.value])

    return tuple(
        HeatRow(
            _name(student.student_ref, student.exam_id),
            "–" if student.rate is None else _percent(student.rate),
            tuple(cell(point, student.exam_id) for point in report.points),
        )
        for student in report.students
    )


def _name(student_ref: str | None, exam_id: str) -> str:
    return student_ref or f"#{exam_id[:8]}"


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f}".removesuffix(".0") + "%"


def _whole(rate: float) -> str:
    return f"{rate * 100:.0f}"
