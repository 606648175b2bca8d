"""The recogniser of PP-OCRv6 small: the steps of one line and what it sees at each of them."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from services.ocr.adapters.onnx_models import RECOGNISER, RECOGNISER_MAP, OnnxModel
from services.ocr.domain.ink.raster import Floats, Rgb
from shared.contract.text_gate import storable

#: The network works on lines of 48 pixels.
LINE_HEIGHT = 48
MIN_LINE_WIDTH, MAX_LINE_WIDTH = 16, 3200
#: Time follows a line's width. Lines this many times longer than high read as well when squeezed;
#: lone letters do not.
LONG_RATIO, LONG_SQUEEZE = 4.0, 0.85


class Recogniser:
    """Every line at its own width. ``alphabet`` begins with the blank."""

    def __init__(self, threads: int) -> None:
        self._model = OnnxModel(RECOGNISER, threads, has_arena=True, inner=RECOGNISER_MAP)
        self.digest = self._model.digest
        known = self._model.metadata("character").splitlines()
        self.alphabet = ["", *map(storable, known), " "]

    def __call__(self, crop: Rgb) -> tuple[Floats, Floats]:
        """The labels' probabilities, steps x labels, and the map behind them, channels x steps."""
        height, width = crop.shape[:2]
        squeeze = LONG_SQUEEZE if width >= LONG_RATIO * height else 1.0
        line_width = math.ceil(squeeze * width * LINE_HEIGHT / height)
        line_width = min(MAX_LINE_WIDTH, max(MIN_LINE_WIDTH, line_width))
        line = cv2.resize(crop, (line_width, LINE_HEIGHT))
        probabilities, steps = self._model(normalised(line)[None])
        return probabilities[0], steps[0, :, 0]


def label_groups(probabilities: Floats, labels: Sequence[Sequence[int]]) -> Floats:
    """The steps' probabilities of a blank and of each group of ``labels``, steps x labels."""
    own = [probabilities[:, group].sum(axis=1) for group in labels]
    return np.stack([probabilities[:, 0], *own], axis=1)


def normalised(image: Rgb) -> Floats:
    """Channels first, blue green red as the models were trained, from -1 to 1."""
    planes: Floats = image[..., ::-1].transpose(2, 0, 1).astype(np.float32)
    return planes / 127.5 - 1.0
