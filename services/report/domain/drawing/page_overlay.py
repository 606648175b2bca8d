"""The overlay that marks the answers on a page."""

from collections.abc import Sequence
from html import escape

from services.report.domain.drawing import palette
from services.report.domain.drawing.charts import symbol_group
from services.report.domain.page.marks import PlacedMark, clamp_box
from shared.contract.model import BBox
from shared.contract.questions import Verdict
from shared.contract.reading import PageImage

_DASHES: dict[Verdict, str] = {
    Verdict.PARTIAL: "10 4",
    Verdict.UNANSWERED: "3 4",
    Verdict.NEEDS_REVIEW: "6 5",
}


def draw_overlay(page: PageImage, marks: Sequence[PlacedMark]) -> str:
    """An SVG of the page's size in pixels: a box per mark, and a symbol at each main box.

    Boxes differ by dash pattern and colour, symbols by shape.
    """
    #: One unit is about a millimetre and a half of an A4 page, whatever the resolution.
    unit = max(page.width_px, page.height_px) / 200
    clamped = [(mark, box) for mark in marks if (box := clamp_box(mark.bbox, page)) is not None]
    boxes = "".join(_draw_box(mark, box, unit) for mark, box in clamped)
    symbols = "".join(_draw_symbol(mark, box, unit, page) for mark, box in clamped if mark.is_main)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {page.width_px} {page.height_px}">{boxes}{symbols}</svg>'
    )


def _draw_box(mark: PlacedMark, box: BBox, unit: float) -> str:
    x, y, width, height = box
    ink = palette.VERDICT_INK[mark.verdict]
    pattern = _DASHES.get(mark.verdict) if mark.is_main else "2 3"
    dashes = (
        ""
        if pattern is None
        else " ".join(f"{float(length) * unit / 8:.1f}" for length in pattern.split())
    )
    dash_attribute = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{unit / 4:.1f}" fill="{ink}" fill-opacity="{".07" if mark.is_main else "0"}" '
        f'stroke="{ink}" stroke-width="{unit / (4 if mark.is_main else 6):.1f}"{dash_attribute}>'
        f"<title>{escape(mark.tip)}</title></rect>"
    )


def _draw_symbol(mark: PlacedMark, box: BBox, unit: float, page: PageImage) -> str:
    x, y, width, height = box
    size = min(max(2.6 * unit, min(width, height) * 0.45), 4 * unit)
    # The symbol lies half over an upper corner, where it hides neither the answer nor most of its
    # neighbour.
    corner = x - size * 0.6 if mark.is_leading else x + width - size * 0.6
    left = min(max(corner, 0), page.width_px - size)
    top = min(max(y - size * 0.5, 0), page.height_px - size)
    return (
        f'<g transform="translate({left:.1f} {top:.1f}) scale({size / 24:.3f})">'
        f'<circle cx="12" cy="12" r="12" fill="#fff"/>{symbol_group(mark.verdict)}'
        f"<title>{escape(mark.tip)}</title></g>"
    )
