"""The mastery chart: one row per knowledge point, the weakest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.report.domain.drawing import charts, palette
from services.report.domain.text.plain_text import clean, whole_percent
from shared.contract.documents import Mastery, MasteryLevel


@dataclass(frozen=True, slots=True)
class MasteryRow:
    """One knowledge point. ``context`` names its ancestors.

    ``is_certain`` is False where there is too little evidence.
    """

    name: str
    context: str
    #: Questions that were right, of all.
    items: str
    #: Why the level differs from what the questions alone say; empty where it does not.
    reason: str
    rate: str
    interval: str
    level: str
    level_ink: str
    is_certain: bool
    bar: str
    alt: str


@dataclass(frozen=True, slots=True)
class MasteryTable:
    """All rows and the axis they share."""

    rows: tuple[MasteryRow, ...]
    axis: str
    axis_alt: str


def view_mastery(mastery: Sequence[Mastery], label: Mapping[str, str]) -> MasteryTable:
    """Rows by rising mastery. Points with too little evidence come last: they say least.

    A point without a graded question says nothing, and one that another covers nothing new.
    """
    ordered = sorted(
        (entry for entry in mastery if entry.items and not entry.is_covered),
        key=lambda entry: (
            entry.level is MasteryLevel.INSUFFICIENT_EVIDENCE,
            entry.mastery,
            entry.knowledge_point.id,
        ),
    )
    return MasteryTable(
        rows=tuple(_view_row(entry, label) for entry in ordered),
        axis=charts.mastery_axis(),
        axis_alt=label["axis_alt"],
    )


def _view_row(entry: Mastery, label: Mapping[str, str]) -> MasteryRow:
    point = entry.knowledge_point
    name = clean(point.name) or clean(point.id)
    low, high = entry.interval
    rate, level = whole_percent(entry.mastery), label[entry.level.value]
    interval = f"{low * 100:.0f}–{whole_percent(high)}"
    return MasteryRow(
        name=name,
        context=" › ".join(clean(part) for part in point.path[:-1]),
        items=f"{entry.right}/{entry.items}",
        reason=label[entry.contrast.value] if entry.contrast else "",
        rate=rate,
        interval=interval,
        level=level,
        level_ink=palette.LEVEL_INK[entry.level],
        is_certain=entry.level is not MasteryLevel.INSUFFICIENT_EVIDENCE,
        bar=charts.mastery_bar(entry.mastery, entry.interval, entry.level),
        alt=label["mastery_alt"].format(name=name, rate=rate, interval=interval, level=level),
    )
