"""Lines of text from a PDF's own characters, where the page shows nothing else."""

import unicodedata
from bisect import insort
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from services.ingest.domain.raster import Mask, Rgb, ink_mask, to_grey
from shared.contract.reading import TextChar, TextLine

_MIN_GLYPHS = 20
#: Share of characters without a meaning (unmapped glyphs) above which the text is unusable.
_MAX_UNKNOWN_SHARE = 0.02
#: Share of the ink that may lie outside characters and rules before something unread is there.
_MAX_OTHER_INK_SHARE = 0.05
#: A gap of this many line heights starts a new line box: another column or a distant blank.
_COLUMN_GAP = 2.0
#: A gap of this share of the line height is a space, even where the PDF has none.
_WORD_GAP = 0.5


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and its box in pixels, origin top left.

    ``after_space`` says that the PDF has, or pdfium infers, a space before it.
    """

    text: str
    x: float
    y: float
    width: float
    height: float
    after_space: bool = False

    @property
    def middle(self) -> float:
        """The box's vertical middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page: its picture and its characters, in the order of the PDF's text."""

    image: Rgb
    glyphs: tuple[Glyph, ...]


def complete_lines(glyphs: tuple[Glyph, ...], image: Rgb) -> tuple[TextLine, ...] | None:
    """The lines made of ``glyphs``, or None when ``image`` shows more than they say.

    None leads to OCR. It stands for text without a mapping to characters, for scans with or without
    a text layer, and for handwriting drawn as curves.
    """
    visible = tuple(g for g in glyphs if g.text.strip() and g.width > 0 and g.height > 0)
    if len(visible) < _MIN_GLYPHS:
        return None
    unknown = sum(1 for g in visible if _is_unknown(g.text))
    if unknown > _MAX_UNKNOWN_SHARE * len(visible):
        return None
    if _other_ink_share(visible, image) > _MAX_OTHER_INK_SHARE:
        return None
    return tuple(_line(row) for row in _rows(visible))


def _is_unknown(text: str) -> bool:
    return text == "\ufffd" or unicodedata.category(text[0]) in {"Co", "Cn", "Cc", "Cs"}


def _other_ink_share(glyphs: tuple[Glyph, ...], image: Rgb) -> float:
    """Share of the ink that no character and no straight rule explains."""
    ink = ink_mask(to_grey(image))
    total = np.count_nonzero(ink)
    if total == 0:
        return 0.0
    rest = cv2.bitwise_and(ink, cv2.bitwise_not(_rules(ink)))
    for glyph in glyphs:
        margin = 0.15 * glyph.height
        top, left = max(0, int(glyph.y - margin)), max(0, int(glyph.x - margin))
        rest[
            top : int(glyph.y + glyph.height + margin) + 1,
            left : int(glyph.x + glyph.width + margin) + 1,
        ] = 0
    return float(np.count_nonzero(rest) / total)


def _rules(ink: Mask) -> Mask:
    """Straight horizontal and vertical lines: table rules, underlines, fraction bars."""
    length = max(40, max(ink.shape) // 20)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    rules: Mask = cv2.dilate(cv2.bitwise_or(across, down), np.ones((5, 5), np.uint8))
    return rules


def _rows(glyphs: tuple[Glyph, ...]) -> list[list[Glyph]]:
    """Characters grouped into lines, each from left to right, lines from top to bottom.

    The PDF's order counts where it runs along a line. So columns stay apart.
    """
    rows: list[_Row] = []
    for glyph in glyphs:
        row = next((r for r in reversed(rows[-6:]) if r.is_continued_by(glyph)), None)
        if row is None:
            rows.append(_Row(glyph))
        else:
            row.add(glyph)
    found = [sorted(row.glyphs, key=lambda g: g.x) for row in rows]
    found.sort(key=lambda r: (round(median(g.middle for g in r)), r[0].x))
    return found


class _Row:
    """A line that grows. Its heights and levels stay sorted, so that its medians cost nothing."""

    def __init__(self, first: Glyph) -> None:
        self.glyphs = [first]
        self._heights, self._levels = [first.height], [first.middle]
        self._left, self._right = first.x, first.x + first.width

    def add(self, glyph: Glyph) -> None:
        """Let the line go on with ``glyph``."""
        self.glyphs.append(glyph)
        insort(self._heights, glyph.height)
        insort(self._levels, glyph.middle)
        self._left = min(self._left, glyph.x)
        self._right = max(self._right, glyph.x + glyph.width)

    def is_continued_by(self, glyph: Glyph) -> bool:
        """Whether ``glyph`` stands on the line, near one of its ends."""
        height = max(_middle(self._heights), glyph.height)
        if abs(glyph.middle - _middle(self._levels)) > 0.45 * height:
            return False
        gap = max(glyph.x - self._right, self._left - (glyph.x + glyph.width))
        return gap < _COLUMN_GAP * height


def _middle(ordered: list[float]) -> float:
    """The median of numbers that are sorted already."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _line(row: list[Glyph]) -> TextLine:
    height = median(g.height for g in row)
    pieces: list[str] = []
    end = row[0].x
    for glyph in row:
        is_apart = glyph.x - end > _WORD_GAP * height
        if pieces and (is_apart or glyph.after_space):
            pieces.append(" ")
        pieces.append(glyph.text)
        end = max(end, glyph.x + glyph.width)
    left, top = min(g.x for g in row), min(g.y for g in row)
    box = (
        left,
        top,
        max(g.x + g.width for g in row) - left,
        max(g.y + g.height for g in row) - top,
    )
    chars = tuple(TextChar(text=g.text, bbox=(g.x, g.y, g.width, g.height)) for g in row)
    return TextLine(text="".join(pieces), bbox=box, chars=chars)
