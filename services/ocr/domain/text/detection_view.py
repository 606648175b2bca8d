"""What to show a text detector: the part of a page that has ink, no larger than its text needs.

A detector's time follows the number of pixels, its success the height of characters in pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Grey
from services.ocr.domain.ink.ruled_lines import ink_mask

#: Longer side of the image on which ink is looked for.
WORKING_SIDE = 1400
#: Height that characters should have for the detector, in pixels.
CHARACTER_PX = 14.0
#: Bounds of the shown image's longer side, and how much a small image may be enlarged.
MIN_SIDE, MAX_SIDE, MAX_ENLARGEMENT = 640, 1800, 1.6
#: Paper kept around the ink, in character heights.
MARGIN = 1.5
#: Characters below this number say little about the page's text.
MIN_CHARACTERS = 10
DEFAULT_HEIGHT_SHARE = 0.0115


@dataclass(frozen=True, slots=True)
class DetectionView:
    """A part of a page (x, y, width, height in pixels) and the scale to show it at.

    ``character_px`` is the height of its characters on the page.
    """

    box: tuple[int, int, int, int]
    scale: float
    character_px: float


def detection_view(grey: Grey) -> DetectionView:
    """The view of a page that holds all its ink with characters of a readable height."""
    height, width = grey.shape
    shrink = min(1.0, WORKING_SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    ink = ink_mask(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    stats = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= 9]
    if len(stats) == 0:
        longer = max(height, width)
        return DetectionView(
            (0, 0, width, height), MIN_SIDE / longer, DEFAULT_HEIGHT_SHARE * longer
        )
    characters = _character_height(stats, max(size)) / shrink
    margin = MARGIN * characters
    left, top = stats[:, :2].min(axis=0) / shrink - margin
    right, bottom = (stats[:, :2] + stats[:, 2:4]).max(axis=0) / shrink + margin
    x, y = max(0, int(left)), max(0, int(top))
    box = (x, y, min(width, int(right) + 1) - x, min(height, int(bottom) + 1) - y)
    longer = max(box[2:])
    scale = min(max(CHARACTER_PX / characters, MIN_SIDE / longer), MAX_SIDE / longer)
    return DetectionView(box, min(scale, MAX_ENLARGEMENT), float(characters))


def _character_height(stats: Grey, side: int) -> float:
    """The height that three quarters of the components of a character's size stay below."""
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    limit = side / 18
    like = heights[(heights >= 4) & (heights < limit) & (widths >= 3) & (widths < 1.5 * limit)]
    if len(like) < MIN_CHARACTERS:
        return DEFAULT_HEIGHT_SHARE * side
    return float(np.percentile(like, 75))
