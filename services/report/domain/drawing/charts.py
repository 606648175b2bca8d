"""Charts and symbols as SVG, drawn once and shown in both the HTML and the PDF report.

Nothing here relies on colour alone, on style sheets or on ids, because the same text stands inline
in HTML many times and goes to typst as an image.
"""

from collections.abc import Mapping, Sequence

from services.report.domain.drawing import palette
from services.report.domain.text.plain_text import percent, spread, whole_percent
from shared.contract.documents import MasteryLevel
from shared.contract.questions import Verdict

#: What typst and a browser both find; typst has it from its font wheel.
_FONT = "Noto Sans SC, PingFang SC, Microsoft YaHei, ExamLens Sans, sans-serif"

_BAR_WIDTH = 400
_BAR_LEFT = 10
_BAR_SPAN = _BAR_WIDTH - 2 * _BAR_LEFT

_SYMBOLS: dict[Verdict, str] = {
    Verdict.CORRECT: '<path d="M6.5 12.5l4 4 7-8.5"/>',
    Verdict.PARTIAL: '<path d="M12 5.6a6.4 6.4 0 0 1 0 12.8z" fill="#fff" stroke="none"/>'
    '<circle cx="12" cy="12" r="6.4" stroke-width="1.7"/>',
    Verdict.INCORRECT: '<path d="M7.5 7.5l9 9M16.5 7.5l-9 9"/>',
    Verdict.UNANSWERED: '<path d="M7 12h10"/>',
    Verdict.NEEDS_REVIEW: '<path d="M8.6 9.4a3.4 3.4 0 1 1 5 3c-1.1.6-1.6 1.2-1.6 2.3"/>'
    '<path d="M12 18v.1"/>',
}


def _svg(width: float, height: float, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">{body}</svg>'
    )


def symbol_group(verdict: Verdict) -> str:
    """The verdict's symbol, white on its colour, within a square of 24 units, as SVG elements."""
    return (
        f'<circle cx="12" cy="12" r="11" fill="{palette.VERDICT_INK[verdict]}"/>'
        '<g fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" '
        f'stroke-linejoin="round">{_SYMBOLS[verdict]}</g>'
    )


def symbol(verdict: Verdict) -> str:
    """The verdict's symbol as an SVG document."""
    return _svg(24, 24, symbol_group(verdict))


def score_ring(low: float, high: float) -> str:
    """A ring filled clockwise to ``low`` (0..1), pale on to ``high``, with both inside."""
    circle = '<circle cx="60" cy="60" r="50" fill="none" stroke-width="11" '
    track = f'{circle}stroke="{palette.TRACK}"/>'
    circumference = 314.16

    def arc(rate: float, opacity: str) -> str:
        return (
            f'{circle}stroke="{palette.ACCENT}"{opacity} transform="rotate(-90 60 60)" '
            f'stroke-dasharray="{circumference * rate:.2f} {circumference}"/>'
            if rate
            else ""
        )

    arcs = (arc(high, ' stroke-opacity=".35"') if high > low else "") + arc(low, "")
    words = spread(low, high, percent if high == low else whole_percent)
    return _svg(
        120,
        120,
        f'{track}{arcs}<text x="60" y="68" text-anchor="middle" font-family="{_FONT}" '
        f'font-size="{24 if len(words) < 6 else 19}" fill="{palette.INK}">{words}</text>',
    )


def verdict_bar(counts: Mapping[Verdict, int]) -> str:
    """One stacked bar of how many questions have each verdict; wide parts carry the symbol."""
    width, height, gap = 600, 26, 2
    total = sum(counts.values())
    if not total:
        return _svg(width, height, f'<rect width="600" height="26" rx="4" fill="{palette.TRACK}"/>')
    shown = [(verdict, n) for verdict, n in counts.items() if n]
    room = width - gap * (len(shown) - 1)
    parts: list[str] = []
    left = 0.0
    for verdict, n in shown:
        span = room * n / total
        parts.append(
            f'<rect x="{left:.2f}" y="0" width="{span:.2f}" height="{height}" rx="3" '
            f'fill="{palette.VERDICT_INK[verdict]}"/>'
        )
        if span >= height:
            shift = f"translate({left + span / 2 - 10:.2f} 3) scale(.8333)"
            parts.append(f'<g transform="{shift}">{symbol_group(verdict)}</g>')
        left += span + gap
    return _svg(width, height, "".join(parts))


def _x(rate: float) -> float:
    return _BAR_LEFT + _BAR_SPAN * rate


def mastery_bar(mastery: float, interval: tuple[float, float], level: MasteryLevel) -> str:
    """A bar to ``mastery`` with whiskers over ``interval`` (all 0..1) on a grid of quarters.

    The bar is pale, so that the whiskers stay readable over it. Its end is the estimate.

    A point with too little evidence is a dashed outline, so that it does not look like a result.
    """
    ink = palette.LEVEL_INK[level]
    grid = "".join(
        f'<path d="M{_x(quarter / 4):g} 1v26" stroke="{palette.RULE}" stroke-width="1.5"/>'
        for quarter in range(5)
    )
    bar = f'x="{_BAR_LEFT}" y="7" width="{max(_BAR_SPAN * mastery, 1):.1f}" height="14" '
    is_outline = level is MasteryLevel.INSUFFICIENT_EVIDENCE
    bar += (
        f'fill="#fff" stroke="{ink}" stroke-width="1.5" stroke-dasharray="5 4"'
        if is_outline
        else f'fill="{ink}" fill-opacity=".32"'
    )
    estimate = f'<path d="M{_x(mastery):.1f} 4v20" stroke="{ink}" stroke-width="5"/>'
    low, high = (_x(bound) for bound in interval)
    whiskers = (
        f'<path d="M{low:.1f} 14H{high:.1f}M{low:.1f} 9v10M{high:.1f} 9v10" fill="none" '
        f'stroke="{palette.INK}" stroke-width="2"/>'
    )
    return _svg(_BAR_WIDTH, 28, f"{grid}<rect {bar}/>{whiskers}{estimate}")


def trend_line(entries: Sequence[tuple[float, tuple[float, float]]], ink: str) -> str:
    """Estimates (0..1) with their intervals over the papers, evenly spaced, on a grid of halves.

    A thin line joins the papers to lead the eye. The intervals say what is known.
    """
    height, top, bottom = 72, 8, 64
    step = _BAR_SPAN / max(len(entries) - 1, 1)

    def place(index: int) -> float:
        return _BAR_LEFT + step * index

    def level(rate: float) -> float:
        return bottom - (bottom - top) * rate

    grid = "".join(
        f'<path d="M{_BAR_LEFT} {level(half / 2):g}H{_BAR_WIDTH - _BAR_LEFT}" '
        f'stroke="{palette.RULE}" stroke-width="1.2"/>'
        for half in range(3)
    )
    way = "L".join(f"{place(i):.1f} {level(rate):.1f}" for i, (rate, _) in enumerate(entries))
    whiskers = "".join(
        f"M{place(i):.1f} {level(low):.1f}V{level(high):.1f}"
        f"m-4 0h8M{place(i) - 4:.1f} {level(low):.1f}h8"
        for i, (_, (low, high)) in enumerate(entries)
    )
    dots = "".join(
        f'<circle cx="{place(i):.1f}" cy="{level(rate):.1f}" r="5" fill="{ink}"/>'
        for i, (rate, _) in enumerate(entries)
    )
    return _svg(
        _BAR_WIDTH,
        height,
        f'{grid}<path d="M{way}" fill="none" stroke="{ink}" stroke-width="1.6" '
        f'stroke-opacity=".55"/><path d="{whiskers}" fill="none" stroke="{palette.INK}" '
        f'stroke-width="1.8"/>{dots}',
    )


def mastery_axis() -> str:
    """The percentages that stand over the grid of the mastery bars."""
    ticks = "".join(
        f'<text x="{_x(quarter / 4):g}" y="17" text-anchor="{anchor}" font-family="{_FONT}" '
        f'font-size="17" fill="{palette.MUTED}">{quarter * 25}{"%" if quarter == 4 else ""}</text>'
        for quarter, anchor in enumerate(("start", "middle", "middle", "middle", "end"))
    )
    return _svg(_BAR_WIDTH, 22, ticks)
