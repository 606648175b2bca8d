"""What is written or printed on a page: ink measured against the paper around it."""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Grey, Mask, Rgb

#: Grey levels by which ink is darker than white paper: a stroke's edge, and its darkest part.
EDGE_LEVEL, CORE_LEVEL = 36, 64
#: Beside a dark stroke its blur is dark, too: ink has this share of the darkness around it.
NEAR_SHARE, NEAR_PX = 0.42, 7
#: Share of a pixel's darkness that is colour, from which it is no black or grey ink.
COLOURED_SHARE, RED_SHARE = 0.34, 0.42
#: Grey levels of red over the other colours from which a stroke is reddish, and its reddest part:
#: a thin red pen on a photo has 10 to 40, the rims of black print up to 8.
REDDISH_LEVEL, REDDISH_CORE = 12, 24
#: A teacher's mark measures at most this share of the page's longer side.
MAX_MARK_SHARE = 0.05
#: Longer side on which the paper is estimated, and the window that closes over writing there.
PAPER_SIDE, PAPER_WINDOW = 400, 19
#: Darker paper is none: dividing by it would only amplify noise.
DARKEST_PAPER = np.uint8(40)


@dataclass(frozen=True, slots=True)
class PageInk:
    """The ink of one page.

    ``darkness`` is 0 on paper of any brightness and 255 for black. The masks are 255 where
    ``any``, ``red``, otherwise ``coloured`` or ``black`` ink is: all print is black, and what a
    black pen or a pencil wrote. ``reddish`` is red and what is too thin or pale for it.
    """

    darkness: Grey
    any: Mask
    red: Mask
    coloured: Mask
    black: Mask
    reddish: Mask


@dataclass(frozen=True, slots=True)
class Pieces:
    """Connected pieces of a mask: the number of its piece at every pixel, and each one's box.

    ``stats`` are OpenCV's columns of left, top, width, height, area; row 0 is what is no piece.
    """

    labels: Mask
    stats: Mask


def pieces_of(mask: Mask) -> Pieces:
    """The connected pieces of ``mask``."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return Pieces(labels, stats)


def page_ink(image: Rgb) -> PageInk:
    """Separates ``image`` into paper and ink; even light is not needed."""
    white = cv2.divide(image, _paper(image), scale=255.0)
    red, green, blue = cv2.split(white)
    lightest = cv2.max(cv2.max(red, green), blue)
    darkest = cv2.min(cv2.min(red, green), blue)
    darkness = cv2.subtract(np.full_like(darkest, 255), darkest)
    ink = _with_core(darkness)
    colour = cv2.subtract(lightest, darkest)
    redness = cv2.subtract(red, cv2.max(green, blue))
    is_red = _share_of(redness, darkness, RED_SHARE)
    is_coloured = _share_of(colour, darkness, COLOURED_SHARE)
    # The rim of a stroke is too pale to have a hue of its own.
    red_ink = cv2.bitwise_and(ink, _grown(is_red))
    coloured = cv2.subtract(cv2.bitwise_and(ink, _grown(is_coloured)), red_ink)
    black = cv2.subtract(ink, cv2.bitwise_or(red_ink, coloured))
    return PageInk(darkness, ink, red_ink, coloured, black, _reddish(redness))


def _reddish(redness: Grey) -> Mask:
    """Pieces of pale red in which some pixel is redder (hysteresis as in Canny, 1986)."""
    pale = cv2.threshold(redness, REDDISH_LEVEL - 1, 255, cv2.THRESH_BINARY)[1]
    count, labels = cv2.connectedComponents(pale, connectivity=8)
    has_core = np.zeros(count, np.uint8)
    has_core[np.unique(labels[redness >= REDDISH_CORE])] = 255
    has_core[0] = 0
    mask: Mask = has_core[labels]
    return mask


def red_marks(ink: PageInk) -> Mask:
    """Red ink in pieces as small as a teacher's marks are; printed rules and frames are larger."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.red, connectivity=8)
    limit = MAX_MARK_SHARE * max(ink.red.shape)
    is_small = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1) <= limit
    is_small[0] = False
    marks: Mask = np.where(is_small, np.uint8(255), np.uint8(0))[labels]
    return _grown(marks)


def faint_ink(darkness: Grey) -> Mask:
    """All that is as dark as the edge of a stroke, with what is no ink: specks, blur of strokes."""
    mask: Mask = cv2.threshold(darkness, EDGE_LEVEL - 1, 255, cv2.THRESH_BINARY)[1]
    return mask


def _paper(image: Rgb) -> Rgb:
    """The colour of the paper behind every pixel."""
    height, width = image.shape[:2]
    scale = PAPER_SIDE / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((PAPER_WINDOW,) * 2, np.uint8))
    smooth = cv2.GaussianBlur(closed, (0, 0), PAPER_WINDOW / 3)
    paper: Rgb = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.maximum(paper, DARKEST_PAPER)


def _with_core(darkness: Grey) -> Mask:
    """Pixels at least as dark as an edge whose connected stroke has a dark core somewhere."""
    near = cv2.dilate(darkness, np.ones((NEAR_PX, NEAR_PX), np.uint8))
    limit = np.maximum(cv2.convertScaleAbs(near, alpha=NEAR_SHARE), np.uint8(EDGE_LEVEL))
    edge = cv2.compare(darkness, limit, cv2.CMP_GE)
    core = darkness > CORE_LEVEL
    count, labels = cv2.connectedComponents(edge, connectivity=8)
    has_core = np.zeros(count, np.uint8)
    has_core[labels[core]] = 255
    has_core[0] = 0
    ink: Mask = has_core[labels]
    return ink


def _share_of(part: Grey, darkness: Grey, share: float) -> Mask:
    """Where ``part`` is at least ``share`` of a clear darkness."""
    is_clear = cv2.threshold(darkness, CORE_LEVEL * 0.8, 255, cv2.THRESH_BINARY)[1]
    limit = cv2.convertScaleAbs(darkness, alpha=share)
    return cv2.bitwise_and(is_clear, cv2.compare(part, limit, cv2.CMP_GE))


def _grown(mask: Mask) -> Mask:
    return cv2.dilate(mask, np.ones((3, 3), np.uint8))
