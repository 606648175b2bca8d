"""Uneven light: divides a photo by its own background, so that paper is white everywhere."""

import cv2
import numpy as np

from services.ingest.domain.raster import Floats, Rgb

#: Longer side on which the background is estimated.
_WORKING_SIDE = 320
#: Light is even when the paper's brightness varies by less than this share.
_EVEN_SHARE = 0.12
#: Paper darker than this, in grey levels, is grey in the photo and gets whitened too.
_DULL_LEVEL = 215.0
_PAPER_LEVEL = 248.0


def background(image: Rgb) -> Floats:
    """The paper behind the print: a small image (h × w × 3, float32) to be scaled up.

    Print is closed over with a window of an eighteenth of the page, then smoothed.
    """
    scale = _WORKING_SIDE / max(image.shape[:2])
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    window = (_WORKING_SIDE // 18) | 1
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    smooth = cv2.GaussianBlur(cv2.medianBlur(closed, 15), (0, 0), window / 2)
    return np.asarray(smooth, np.float32)


def is_uneven(paper: Floats) -> bool:
    """Whether the light on ``paper`` (see ``background``) varies, or the paper is dull.

    Extremes are left out, because dark figures pull the background down in places.
    """
    level = paper.max(axis=2)
    low, middle, high = np.percentile(level, (8, 50, 95))
    return bool(high - low > _EVEN_SHARE * high or middle < _DULL_LEVEL)


def even_out(image: Rgb, paper: Floats) -> Rgb:
    """``image`` with its ``paper`` (see ``background``) brought to one near-white level.

    Each colour is divided by its own background: ink keeps its hue relative to the paper.
    """
    size = (image.shape[1], image.shape[0])
    # A figure is dark too; lifting it more than threefold would only amplify its noise.
    floor = max(40.0, float(np.percentile(paper, 95)) / 3.0)
    gain = _PAPER_LEVEL / np.maximum(paper, floor)
    full = cv2.resize(gain, size, interpolation=cv2.INTER_LINEAR)
    evened: Rgb = cv2.multiply(image, full, dtype=cv2.CV_8U)
    return evened
