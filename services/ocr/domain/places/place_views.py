"""Shows the writing of a place to a recogniser: alone on paper, enlarged, in several ways."""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Grey, Mask, Rgb, to_grey
from services.ocr.domain.places.answer_places import AnswerPlace
from services.ocr.domain.places.place_print import stamp
from services.ocr.domain.places.place_writing import Writing
from services.ocr.domain.text.digit_views import rim_px, with_rim

#: Smaller writing is enlarged to this height first: smoothly, as recognisers do not.
MIN_HEIGHT_PX = 56
MIN_BORDER_PX = 3
#: How far a pen goes on behind the bracket that it crosses, in heights of a Chinese character: next
#: to it stands more print. From how far away what is under the bracket is guessed.
BEHIND_EM, PAINT_RADIUS_PX = 0.3, 3


@dataclass(frozen=True, slots=True)
class View:
    """``border`` around the strokes in their height, ``stretch`` in width, ``slant`` (dx/dy).

    A positive slant leans the top to the right.
    """

    border: float
    stretch: float = 1.0
    slant: float = 0.0


def show(image: Rgb, written: Writing, view: View) -> Rgb:
    """The strokes of ``written`` on page ``image`` as one level line on clean paper."""
    clean, paper = _alone(image, written)
    height, width = clean.shape[:2]
    scale = max(1.0, MIN_HEIGHT_PX / height)
    size = (max(1, round(width * scale * view.stretch)), max(1, round(height * scale)))
    large = cv2.resize(clean, size, interpolation=cv2.INTER_CUBIC)
    if view.slant:
        large = _slanted(large, view.slant, paper)
    border = max(MIN_BORDER_PX, round(view.border * large.shape[0]))
    sides = (border, border, border, border)
    bordered: Rgb = cv2.copyMakeBorder(large, *sides, cv2.BORDER_CONSTANT, value=paper)
    return bordered


def digit_ink(image: Rgb, written: Writing) -> Grey:
    """How dark the ink of a digit is, 0 on paper, with the rim of its strokes (``with_rim``)."""
    x, y, width, height = written.box
    reach = rim_px(height)
    left, top = min(reach, x), min(reach, y)
    piece = image[y - top : y + height + reach, x - left : x + width + reach]
    strokes = np.zeros(piece.shape[:2], np.uint8)
    strokes[top : top + height, left : left + width] = written.strokes
    paper = np.percentile(piece.reshape(-1, 3), 85, axis=0)
    darkness = (paper - piece).max(axis=2) * 255.0 / max(1.0, float(paper.max()))
    return np.where(with_rim(strokes, reach), np.clip(darkness, 0, 255), 0).astype(np.uint8)


def _alone(image: Rgb, written: Writing) -> tuple[Rgb, tuple[int, ...]]:
    """The writing without what else is in its box, and the colour of the paper around it."""
    x, y, width, height = written.box
    piece = image[y : y + height, x : x + width]
    around = image[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2]
    paper = np.percentile(around.reshape(-1, 3), 85, axis=0).astype(np.uint8)
    # Rims of strokes are ink, too.
    near = cv2.dilate(written.strokes, np.ones((3, 3), np.uint8)) > 0
    clean: Rgb = np.where(near[..., None], piece, paper)
    return clean, tuple(int(value) for value in paper)


def _slanted(crop: Rgb, slant: float, paper: tuple[int, ...]) -> Rgb:
    height, width = crop.shape[:2]
    reach = abs(slant) * height
    matrix = np.array([[1.0, -slant, max(0.0, slant) * height], [0.0, 1.0, 0.0]])
    turned: Rgb = cv2.warpAffine(
        crop,
        matrix,
        (round(width + reach), height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=paper,
    )
    return turned


def show_repaired(image: Rgb, written: Writing, place: AnswerPlace, stretch: float) -> Rgb:
    """Writing that touches its brackets, which are painted over with what is around them.

    Taking them out takes the strokes below them, too; and a pen goes on behind the closing one.
    """
    left, top, right, bottom = _reach(written, place)
    piece = image[top:bottom, left:right]
    if place.brackets is not None:
        stamped = np.zeros(piece.shape[:2], np.uint8)
        for bracket in (place.brackets.opening, place.brackets.closing):
            stamp(stamped, bracket, (left, top))
        over: Mask = cv2.dilate(stamped, np.ones((3, 3), np.uint8)).astype(np.uint8)
        piece = _joined_to(written, piece, (left, top), over)
        piece = cv2.inpaint(piece, over, PAINT_RADIUS_PX, cv2.INPAINT_TELEA).astype(np.uint8)
    scale = max(1.0, MIN_HEIGHT_PX / piece.shape[0])
    size = (round(piece.shape[1] * scale * stretch), round(piece.shape[0] * scale))
    large: Rgb = cv2.resize(piece, size, interpolation=cv2.INTER_CUBIC)
    return large


def _reach(written: Writing, place: AnswerPlace) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the writing with the brackets that it touches."""
    x, y, width, height = written.box
    left, top, right, bottom = x, y, x + width, y + height
    if place.brackets is not None:
        opening, closing = place.brackets.opening.box, place.brackets.closing.box
        left = left if left > opening[0] + opening[2] else min(left, opening[0])
        right = max(right, round(closing[0] + closing[2] + BEHIND_EM * place.em_px))
        top = min(top, opening[1], closing[1])
        bottom = max(bottom, opening[1] + opening[3], closing[1] + closing[3])
    border = MIN_BORDER_PX
    return max(0, left - border), max(0, top - border), right, bottom + border


def _joined_to(written: Writing, piece: Rgb, corner: tuple[int, int], over: Mask) -> Rgb:
    """``piece`` with the ink alone that the writing in it runs into, its top left at ``corner``.

    What lies under the brackets (``over``) may join strokes, too.
    """
    _, ink = cv2.threshold(to_grey(piece), 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    x, y, width, height = written.box
    tall, wide = piece.shape[:2]
    own = np.zeros((tall, wide), np.uint8)
    rows = slice(y - corner[1], min(tall, y - corner[1] + height))
    columns = slice(x - corner[0], min(wide, x - corner[0] + width))
    own[rows, columns] = written.strokes[: rows.stop - rows.start, : columns.stop - columns.start]
    _, labels = cv2.connectedComponents(cv2.bitwise_or(cv2.bitwise_or(ink, own), over))
    kept = np.isin(labels, np.unique(labels[own > 0])).astype(np.uint8)
    near = cv2.dilate(kept, np.ones((3, 3), np.uint8)) > 0
    paper = np.percentile(piece.reshape(-1, 3), 85, axis=0).astype(np.uint8)
    alone: Rgb = np.where(near[..., None], piece, paper)
    return alone
