"""What a report is about and how it was made."""

from collections.abc import Mapping
from datetime import datetime

from services.report.domain.text.plain_text import clean, number
from shared.contract.documents import ExamResult


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


def view_colophon(result: ExamResult, label: Mapping[str, str]) -> tuple[str, ...]:
    """Which run of which exam this is, made by which versions."""
    parts = [f"{label['exam_id']} {result.exam_id}", label["run"].format(n=result.run)]
    parts += [f"{clean(name)} {clean(version)}" for name, version in result.versions.items()]
    if result.timings:
        seconds = number(round(sum(result.timings.values()), 1))
        parts.append(label["made_in"].format(seconds=seconds))
    return tuple(parts)
