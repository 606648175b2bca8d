"""Whether two aligned pages differ by as little as one written letter.

A letter is judged where it stands. Around every place where the ink differs, both pages are aligned
once more. So bent paper and a shaken camera count for nothing.
"""

import cv2
import numpy as np

from services.ingest.domain.raster import Floats, Grey

#: Takes the grain of a photo away and leaves the strokes of a letter.
_BLUR_PX = 1.0
#: A place is looked at from this much difference on in a window of _WINDOW_PX, counted in full
#: black pixels. Strokes that nearly cover each other reach it: a thick 2 differs from an 8 by
#: little more.
_SUSPICIOUS_INK, _WINDOW_PX = 3.0, 9
#: At most this many places are looked at. Pages that differ in more are not the same.
_MAX_PLACES = 4000
#: Sizes: the surroundings that a place is aligned by, how far apart these may lie, the place
#: itself. The place is no larger than a small letter, or print that both pages have would outweigh
#: the letter.
_CONTEXT_PX, _REACH_PX, _PLACE_PX = 73, 6, 11
#: Blurred ink below this share of black is shade or dirt.
_MIN_DARKNESS = 0.25
#: Ink of this darkness counts in full. Fainter ink, such as pencil, is scaled up to it.
_FULL_DARKNESS = 0.6
#: The squared difference times the lack of correlation at the worst place. On drawn papers the same
#: sheet photographed mostly stays below 0.11, and the least different letter has 0.27.
_MAX_DIFFERENCE = 0.15
#: Edges of sheets and of photos always differ. Nobody answers there.
_MARGIN_SHARE = 0.01


def is_same_ink(first: Grey, second: Grey) -> bool:
    """Whether ``second``, already laid over ``first``, shows the same ink everywhere."""
    a, b = _blurred(first), _blurred(second)
    places = _suspicious(a, b)
    if len(places) > _MAX_PLACES:
        return False
    pad = _CONTEXT_PX // 2 + _REACH_PX + 1
    a = cv2.copyMakeBorder(a, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    b = cv2.copyMakeBorder(b, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    return all(
        _difference_at(a, b, int(x) + pad, int(y) + pad) < _MAX_DIFFERENCE for x, y in places
    )


def _difference_at(a: Floats, b: Floats, x: int, y: int) -> float:
    """How different the ink is around one place, after its surroundings are aligned; 0 is equal."""
    half, wide = _CONTEXT_PX // 2, _CONTEXT_PX // 2 + _REACH_PX
    context = a[y - half : y + half + 1, x - half : x + half + 1]
    window = b[y - wide : y + wide + 1, x - wide : x + wide + 1]
    score = cv2.matchTemplate(window, context, cv2.TM_CCOEFF_NORMED)
    _, _, _, (column, row) = cv2.minMaxLoc(score)
    moved = (
        x + column + vertex(score[row], column) - _REACH_PX,
        y + row + vertex(score[:, column], row) - _REACH_PX,
    )
    size = _PLACE_PX // 2
    here = a[y - size : y + size + 1, x - size : x + size + 1]
    there = cv2.getRectSubPix(b, (_PLACE_PX, _PLACE_PX), moved)
    darkness = max(float(here.max()), float(there.max()))
    if darkness < _MIN_DARKNESS:
        return 0.0
    # A photo is paler as a whole. The small constant keeps dirt from being made black.
    pale = ((here**2).sum() + 0.3) / ((there**2).sum() + 0.3)
    there = there * min(2.0, max(0.5, float(np.sqrt(pale))))
    squares = float(((here - there) ** 2).sum()) / min(1.0, darkness / _FULL_DARKNESS) ** 2
    return squares * (1.0 - _correlation(here, there))


def vertex(values: Floats, peak: int) -> float:
    """Where between samples a parabola through the peak has its top, -0.5 to 0.5."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, at, after = (float(value) for value in values[peak - 1 : peak + 2])
    curvature = before - 2 * at + after
    return 0.0 if curvature >= 0 else 0.5 * (before - after) / curvature


def _blurred(ink: Grey) -> Floats:
    blurred: Floats = cv2.GaussianBlur(ink.astype(np.float32) / 255.0, (0, 0), _BLUR_PX)
    return blurred


def _suspicious(a: Floats, b: Floats) -> Floats:
    """Places (x, y) with much difference around them, the most different first."""
    around = (_WINDOW_PX, _WINDOW_PX)
    total = cv2.boxFilter(cv2.absdiff(a, b), -1, around, normalize=False)
    highest = cv2.dilate(total, np.ones((_PLACE_PX, _PLACE_PX), np.uint8))
    peaks = (total >= _SUSPICIOUS_INK) & (total == highest)
    margin = max(2, round(_MARGIN_SHARE * max(a.shape)))
    inside = np.zeros_like(peaks)
    inside[margin:-margin, margin:-margin] = True
    rows, columns = np.nonzero(peaks & inside)
    order = np.argsort(-total[rows, columns])
    return np.stack([columns[order], rows[order]], axis=1)


def _correlation(one: Floats, other: Floats) -> float:
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0
