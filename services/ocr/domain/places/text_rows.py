"""The rows of text around places: pieces of the lines that were read, with their slopes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from services.ocr.domain.ink.boxes import around
from shared.contract.model import BBox
from shared.contract.reading import TextLine

#: So many characters together are level, whatever the line's slope.
PIECE_CHARS = 3
#: Shorter lines, in heights of themselves, are taken for level: their slope is noise.
MIN_SLOPED_RATIO = 4.0


@dataclass(frozen=True, slots=True)
class TextRow:
    """A piece of a line: its box in page pixels, and how far the line falls per pixel across.

    ``em_px`` is how wide the Chinese characters of the line are: a title's are larger than the
    page's. 0 where it has none.
    """

    box: BBox
    slope: float
    em_px: float = 0.0


def text_rows(lines: Iterable[TextLine]) -> Iterator[TextRow]:
    """The pieces of ``lines``. The box of a whole line that slopes holds other lines, too."""
    for line in lines:
        boxes = [char.bbox for char in line.chars]
        if not boxes:
            yield TextRow(line.bbox, 0.0)
            continue
        slope = _slope(boxes)
        wide = [char.bbox[2] for char in line.chars if "\u4e00" <= char.text <= "\u9fff"]
        em_px = median(wide) if wide else 0.0
        for start in range(0, len(boxes), PIECE_CHARS):
            yield TextRow(around(boxes[start : start + PIECE_CHARS]), slope, em_px)


def _slope(boxes: list[BBox]) -> float:
    first, last = boxes[0], boxes[-1]
    across = last[0] + last[2] / 2 - first[0] - first[2] / 2
    if across < MIN_SLOPED_RATIO * first[3]:
        return 0.0
    return (last[1] + last[3] / 2 - first[1] - first[3] / 2) / across
