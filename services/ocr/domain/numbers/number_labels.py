"""Question numbers in white on dark squares or discs before their lines, as ink.

A line reader takes them for a picture and leaves them out, or reads noise. Alone, with their
greys turned round, they are read as any print.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import faint_ink, pieces_of
from services.ocr.domain.ink.raster import Grey, Mask, PixelBox, Rgb
from shared.contract.reading import TextChar, TextLine

#: Sides in heights of a Chinese character: height, width; and width by height for two figures.
HEIGHT_EM, WIDTH_EM, ASPECT = (0.6, 1.8), (0.6, 3.0), (0.75, 2.4)
#: What a label's outline fills of its box: a disc .79, a slanting square .8.
MIN_OUTLINE = 0.7
#: All is ink, or nearly, so far inside the outline, in shares of the height: between the edge and
#: the figures. Rings, frames and the strokes of 国 are thinner.
MARGIN, MIN_MARGIN_INK = (0.1, 0.18), 0.85
#: Room between a label and the first character of its line, and how far they may overlap.
GAP_EM, OVERLAP_EM = 3.0, 0.6
#: Labels of one column are of one height, and the next is not so far to the side of the last.
HEIGHT_RATIO, DRIFT_EM = 1.5, 4.0
#: What is left out at each side to see the figures without the label's edge.
INSETS = (0.06, 0.12)
#: Height to which the inside is enlarged, and the paper put around it.
INSIDE_PX, PAPER_PX = 64, (12, 24)


@dataclass(frozen=True, slots=True)
class Label:
    """A dark label before the characters of a line; ``box`` is in pixels of the page."""

    line: int
    box: PixelBox


def find_labels(lines: Sequence[TextLine], darkness: Grey, em_px: float) -> list[Label]:
    """The labels that stand before a line, or where its first characters were read.

    ``darkness`` is the page's ink, 0 for paper; ``em_px`` is the height of a Chinese character.
    """
    pieces = pieces_of(faint_ink(darkness))
    labels = []
    for piece, (x, y, width, height, _) in enumerate(pieces.stats[1:].tolist(), start=1):
        if not _has_sides(width, height, em_px):
            continue
        if not _is_solid(pieces.labels[y : y + height, x : x + width] == piece):
            continue
        box = (x, y, width, height)
        gaps = {n: gap for n, line in enumerate(lines) if (gap := _gap(box, line, em_px)) >= 0}
        if gaps:
            labels.append(Label(min(gaps, key=lambda n: gaps[n]), box))
    return labels


def _has_sides(width: int, height: int, em_px: float) -> bool:
    return (
        HEIGHT_EM[0] * em_px <= height <= HEIGHT_EM[1] * em_px
        and WIDTH_EM[0] * em_px <= width <= WIDTH_EM[1] * em_px
        and ASPECT[0] <= width / height <= ASPECT[1]
    )


def _is_solid(piece: Mask) -> bool:
    """Whether a piece of ink is one dark surface with a margin around what is left out of it."""
    height, width = piece.shape
    outlines, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros((height + 2, width + 2), np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED, offset=(1, 1))
    if np.count_nonzero(filled) < MIN_OUTLINE * piece.size:
        return False
    depth = cv2.distanceTransform(filled, cv2.DIST_L2, 3)[1:-1, 1:-1] / height
    margin = (depth >= MARGIN[0]) & (depth <= MARGIN[1])
    return bool(margin.any() and piece[margin].mean() >= MIN_MARGIN_INK)


def _gap(box: PixelBox, line: TextLine, em_px: float) -> float:
    """Room between a label and the first character behind it in pixels; -1 for none."""
    x, y, width, height = box
    left, top, line_width, line_height = line.bbox
    if not top <= y + height / 2 <= top + line_height or x > left + line_width:
        return -1.0
    # A figure of the label may have been read as the line's first characters.
    ahead = [char.bbox[0] for char in line.chars if not _is_covered(char, box)]
    gap = min(ahead, default=x + width) - (x + width)
    return max(0.0, gap) if -OVERLAP_EM * em_px <= gap <= GAP_EM * em_px else -1.0


def _is_covered(char: TextChar, box: PixelBox) -> bool:
    middle = char.bbox[0] + char.bbox[2] / 2
    return box[0] - 0.5 * char.bbox[2] <= middle <= box[0] + box[2]


def columns(labels: Sequence[Label], em_px: float) -> list[list[Label]]:
    """Labels one below the other; on a curved page a column drifts to the side."""
    found: list[list[Label]] = []
    for label in sorted(labels, key=lambda item: item.box[1]):
        own = next((column for column in found if _is_below(column[-1], label, em_px)), None)
        if own is None:
            found.append([label])
        else:
            own.append(label)
    return found


def _is_below(last: Label, label: Label, em_px: float) -> bool:
    heights = sorted((last.box[3], label.box[3]))
    return (
        abs(last.box[0] - label.box[0]) <= DRIFT_EM * em_px
        and heights[1] <= HEIGHT_RATIO * heights[0]
    )


def inside(label: Label, darkness: Grey, inset: float) -> Rgb:
    """A label's figures, dark on white and enlarged, without ``inset`` of its height at each side.

    ``darkness`` shows the label itself as white.
    """
    x, y, width, height = label.box
    edge = max(1, round(inset * height))
    view = darkness[y + edge : y + height - edge, x + edge : x + width - edge]
    low, high = np.percentile(view, (1, 80))
    spread = ((view - low) * (255.0 / max(high - low, 1.0))).clip(0, 255).astype(np.uint8)
    size = (round(spread.shape[1] * INSIDE_PX / spread.shape[0]), INSIDE_PX)
    enlarged = cv2.resize(spread, size, interpolation=cv2.INTER_CUBIC)
    rows, columns = PAPER_PX
    padded = cv2.copyMakeBorder(
        enlarged, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=255
    )
    figures: Rgb = cv2.cvtColor(padded, cv2.COLOR_GRAY2RGB)
    return figures


def with_label(line: TextLine, label: Label, number: str, confidence: float) -> TextLine:
    """``line`` with ``number`` and a full stop before it, instead of what was read there."""
    x, y, width, height = label.box
    kept = [char for char in line.chars if not _is_covered(char, label.box)]
    text = f"{number}."
    step = width / len(text)
    chars = tuple(
        TextChar(
            text=sign,
            bbox=(x + n * step, float(y), step, float(height)),
            confidence=confidence,
        )
        for n, sign in enumerate(text)
    )
    dropped = len(line.chars) - len(kept)
    left, top = min(x, line.bbox[0]), min(y, line.bbox[1])
    right = max(x + width, line.bbox[0] + line.bbox[2])
    bottom = max(y + height, line.bbox[1] + line.bbox[3])
    return line.model_copy(
        update={
            "text": text + _without_first(line.text, dropped),
            "bbox": (left, top, right - left, bottom - top),
            "chars": (*chars, *kept),
        }
    )


def _without_first(text: str, count: int) -> str:
    """``text`` without its first ``count`` signs that are no space."""
    for _ in range(count):
        text = text.lstrip()[1:]
    return text
