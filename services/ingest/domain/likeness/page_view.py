"""What is compared of a page: its ink, and the corners in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ingest.domain.raster import Floats, Grey, Rgb, to_grey

#: A view has the page's own pixels, scaled into these bounds: A4 at 130 to 200 dpi.
_MIN_PIXELS, _MAX_PIXELS = 1_600_000, 4_000_000
#: Corners are sought in a view of this many pixels, which suffices to align pages.
_CORNER_PIXELS = 1_000_000
#: Ink below this share of the paper's brightness is noise and left out.
_FAINTEST_INK = 0.05
#: Corners that are kept of a page, spread over cells so that print does not outnumber an answer.
_MAX_CORNERS = 600
_CELL_PX = 50
#: Rows, and columns, that the inked area is cut into. A hash has a bit for each cell.
_HASH_CELLS = 16
#: A page with fewer pixels of ink cannot be told from another.
_MIN_INK_PX = 400


@dataclass(frozen=True, slots=True)
class PageView:
    """``ink`` is h × w bytes, 0 paper and 255 black; ``points`` N × 2 px, ``descriptors`` N × 32.

    The descriptors are ORB (Rublee et al., 2011): they stay alike when a page is turned.
    """

    ink: Grey
    points: Floats
    descriptors: Grey

    @property
    def is_blank(self) -> bool:
        """Whether the page has too little ink to be told from another."""
        return int(np.count_nonzero(self.ink > 60)) < _MIN_INK_PX


def view_of(page: Rgb) -> PageView:
    """The view of a normalised page image."""
    grey = to_grey(page)
    return _view_of_ink(_ink(_scaled(grey, min(max(grey.size, _MIN_PIXELS), _MAX_PIXELS))))


def _view_of_ink(ink: Grey) -> PageView:
    """The view whose ``ink`` is known."""
    small = cv2.GaussianBlur(_scaled(ink, min(ink.size, _CORNER_PIXELS)), (0, 0), 1.2)
    detector = cv2.ORB.create(nfeatures=5 * _MAX_CORNERS, scaleFactor=1.3, nlevels=4)
    found, descriptors = detector.compute(small, _spread(detector.detect(small, None)))
    if descriptors is None:
        return PageView(ink, np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8))
    points = np.array([corner.pt for corner in found], np.float32).reshape(-1, 2)
    scale = np.array([ink.shape[1] / small.shape[1], ink.shape[0] / small.shape[0]], np.float32)
    return PageView(ink, (points + 0.5) * scale - 0.5, descriptors)


def _scaled(grey: Grey, pixels: int) -> Grey:
    """``grey`` with about ``pixels`` pixels."""
    scale = (pixels / grey.size) ** 0.5
    if scale == 1.0:
        return grey
    size = (max(16, round(grey.shape[1] * scale)), max(16, round(grey.shape[0] * scale)))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized: Grey = cv2.resize(grey, size, interpolation=kind)
    return resized


def page_hashes(view: PageView) -> tuple[str, str, str, str]:
    """The page's hash as bits, then its hashes when turned by 90, 180 and 270 degrees.

    A bit says whether a cell of the inked area has more ink than the median cell.
    """
    rows, columns = np.nonzero(view.ink > 60)
    if len(rows) < _MIN_INK_PX:
        return ("0" * _HASH_CELLS**2,) * 4
    top, bottom = np.percentile(rows, (0.5, 99.5))
    left, right = np.percentile(columns, (0.5, 99.5))
    inside = view.ink[int(top) : int(bottom) + 2, int(left) : int(right) + 2]
    cells = cv2.resize(
        inside.astype(np.float32), (_HASH_CELLS, _HASH_CELLS), interpolation=cv2.INTER_AREA
    )
    bits = cells > np.median(cells)
    turned = [np.rot90(bits, -quarters).ravel() for quarters in range(4)]
    first, second, third, fourth = ("".join("01"[bit] for bit in way.astype(int)) for way in turned)
    return first, second, third, fourth


def _ink(grey: Grey) -> Grey:
    """Darkness relative to the paper around, 255 where there is no light left."""
    # The paper changes slowly, so a quarter of the resolution suffices.
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (9, 9))
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0])).astype(np.float32)
    share = 1.0 - grey.astype(np.float32) / np.maximum(paper, 1.0)
    share[share < _FAINTEST_INK] = 0.0
    ink: Grey = np.clip(share * 255.0, 0, 255).astype(np.uint8)
    return ink


def _spread(corners: Sequence[cv2.KeyPoint]) -> list[cv2.KeyPoint]:
    """The strongest corners of every cell, at most _MAX_CORNERS in all."""
    ranks: dict[tuple[int, int], int] = {}
    ranked = []
    for corner in sorted(corners, key=lambda corner: -corner.response):
        cell = (int(corner.pt[0] // _CELL_PX), int(corner.pt[1] // _CELL_PX))
        ranks[cell] = ranks.get(cell, 0) + 1
        ranked.append((ranks[cell], -corner.response, corner))
    ranked.sort(key=lambda entry: entry[:2])
    return [corner for _, _, corner in ranked[:_MAX_CORNERS]]
