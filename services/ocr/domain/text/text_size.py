"""What a page's text is like: how large, measured on its ink, and whether it is English."""

from collections.abc import Iterable

import numpy as np

from services.ocr.domain.ink.raster import Mask
from shared.contract.model import BBox

#: Lines that are measured, the longest, each at least so many times longer than high.
SAMPLE, LONG_RATIO = 40, 4.0
#: A row of pixels belongs to the letters when it has this share of the fullest row's ink.
FULL_SHARE = 0.12
#: Lines are measured in pieces so many times longer than high.
PIECE_RATIO = 3
#: Height of those rows in heights of a Chinese character: mostly Chinese text, other text.
CHINESE_SHARE, LATIN_SHARE = 0.92, 0.69
#: Of a detector's box, where there is nothing to measure.
BOX_SHARE = 0.72


def character_height(ink: Mask, lines: Iterable[tuple[str, BBox]]) -> float:
    """The height of a Chinese character of the page's text in pixels; 0 without lines.

    ``lines`` are texts with their boxes (x, y, width, height). Half of the text, by length, is
    larger and half is smaller.
    """
    boxes = sorted(lines, key=lambda line: -line[1][2])[:SAMPLE]
    sizes = [
        (size, box[2])
        for text, box in boxes
        if box[2] >= LONG_RATIO * box[3] and (size := _height(ink, text, box)) > 0
    ] or [(BOX_SHARE * box[3], box[2]) for _, box in boxes]
    half = sum(width for _, width in sizes) / 2
    for size, width in sorted(sizes):
        half -= width
        if half <= 0:
            return size
    return 0.0


def _height(ink: Mask, text: str, box: BBox) -> float:
    """The height in the middle one of a line's pieces: the box of a sloping line is too high."""
    left, top, width, height = (max(0, round(v)) for v in box)
    line = ink[top : top + height, left : left + width]
    step = max(1, PIECE_RATIO * height)
    heights = [_row_height(line[:, start : start + step]) for start in range(0, width, step)]
    known = sorted(size for size in heights if size > 0)
    share = CHINESE_SHARE if _is_chinese(text) else LATIN_SHARE
    return known[len(known) // 2] / share if known else 0.0


def _row_height(piece: Mask) -> int:
    """The longest run of rows that letters fill: above and below it may be other lines."""
    rows = np.count_nonzero(piece, axis=1)
    is_full = np.concatenate([[False], rows > FULL_SHARE * rows.max(initial=0), [False]])
    edges = np.flatnonzero(np.diff(is_full.astype(np.int8)))
    return int(max(edges[1::2] - edges[::2], default=0))


def _is_chinese(text: str) -> bool:
    """Whether enough of the characters are Chinese for their height to be the line's."""
    return sum(ord(c) > 0x2E80 for c in text) > 0.2 * len(text)
