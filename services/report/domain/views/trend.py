"""The trend chart: one row per knowledge point that several papers have estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from services.report.domain.drawing import charts, palette
from services.report.domain.text.plain_text import clean, whole_percent
from shared.contract.documents import Direction, MasteryTrend, TrendPoint

#: Changes come first; within them the points keep their order.
_ORDER = (Direction.WORSE, Direction.BETTER, Direction.UNCLEAR)


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One knowledge point; ``change`` is from the first to the last estimate."""

    name: str
    context: str
    papers: str
    since: str
    change: str
    direction: str
    direction_ink: str
    chart: str
    alt: str


def view_trend(
    trend: Sequence[MasteryTrend], label: Mapping[str, str], zone: tzinfo | None
) -> tuple[TrendRow, ...]:
    """Rows of ``trend``, dated in ``zone``; none for a student's first paper."""
    ordered = sorted(trend, key=lambda entry: _ORDER.index(entry.direction))
    return tuple(_view_row(entry, label, zone) for entry in ordered)


def _view_row(trend: MasteryTrend, label: Mapping[str, str], zone: tzinfo | None) -> TrendRow:
    point, entries = trend.knowledge_point, trend.entries
    name, direction = clean(point.name) or clean(point.id), label[trend.direction.value]
    spoken = label["separator"].join(_say(entry, label, zone) for entry in entries)
    ink = palette.DIRECTION_INK[trend.direction]
    return TrendRow(
        name=name,
        context=" › ".join(clean(part) for part in point.path[:-1]),
        papers=str(len(entries)),
        since=f"{entries[0].at.astimezone(zone):%Y-%m-%d}",
        change=f"{whole_percent(entries[0].mastery)} → {whole_percent(entries[-1].mastery)}",
        direction=direction,
        direction_ink=ink,
        chart=charts.trend_line([(entry.mastery, entry.interval) for entry in entries], ink),
        alt=label["trend_alt"].format(name=name, entries=spoken, direction=direction),
    )


def _say(entry: TrendPoint, label: Mapping[str, str], zone: tzinfo | None) -> str:
    low, high = entry.interval
    return label["trend_entry"].format(
        date=f"{entry.at.astimezone(zone):%Y-%m-%d}",
        rate=whole_percent(entry.mastery),
        interval=f"{low * 100:.0f}–{whole_percent(high)}",
    )
