"""What a classifier sees of a printed option's label: a small picture of the ink around it."""

from collections.abc import Sequence

import cv2
import numpy as np

from services.ocr.domain.drawings.option_labels import OptionLabel
from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Floats, Grey

#: Side of a view in pixels, and of what it shows in heights of a Chinese character: a thin pen is
#: then one pixel wide, and a ring with its overshoot fits.
VIEW_PX, VIEW_EM = 48, 3.2
#: The middle of a view lies left of the label's: right of a label is always its text.
SHIFT_EM = -0.2


def label_views(ink: PageInk, labels: Sequence[OptionLabel], em_px: float) -> Floats:
    """Views of the ink at ``labels``, shape (labels, 2, VIEW_PX, VIEW_PX), values 0..1.

    The first layer is the darkness of all ink but red, which is the teacher's; the second what of
    it is coloured. Outside of the page is paper.
    """
    darkness = cv2.subtract(ink.darkness, ink.red)
    coloured = cv2.bitwise_and(darkness, ink.coloured)
    return np.array(
        [[_view(layer, label, em_px) for layer in (darkness, coloured)] for label in labels],
        np.float32,
    ).reshape(len(labels), 2, VIEW_PX, VIEW_PX)


def _view(layer: Grey, label: OptionLabel, em_px: float) -> Floats:
    side = VIEW_EM * em_px
    left, top = label.x + SHIFT_EM * em_px - side / 2, label.y - side / 2
    x, y, size = round(left), round(top), max(1, round(side))
    window = layer[max(0, y) : max(0, y + size), max(0, x) : max(0, x + size)]
    if window.shape != (size, size):
        whole = np.zeros((size, size), np.uint8)
        down, across = max(0, -y), max(0, -x)
        whole[down : down + window.shape[0], across : across + window.shape[1]] = window
        window = whole
    is_larger = size > VIEW_PX
    method = cv2.INTER_AREA if is_larger else cv2.INTER_LINEAR
    view: Floats = cv2.resize(window, (VIEW_PX, VIEW_PX), interpolation=method)
    return view.astype(np.float32) / 255
