"""Reads text with the PP-OCRv6 models, run directly on onnxruntime.

Against the stock RapidOCR call this finds lines on a smaller image, looks only where ink is, and
recognises every line at its own width instead of padding it to a batch.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from services.ocr.adapters.onnx_models import DETECTOR, RECOGNISER, OnnxModel
from services.ocr.domain.ctc import Reading, decode
from services.ocr.domain.raster import Floats, Quad, Rgb
from services.ocr.domain.text_boxes import BoxRule, find_boxes

#: The networks halve their input five times (detector) and work on lines of 48 pixels.
DETECTOR_MULTIPLE = 32
LINE_HEIGHT = 48
MIN_LINE_WIDTH, MAX_LINE_WIDTH = 16, 3200


class PpOcrReader:
    """Detector and recogniser of PP-OCRv6 small."""

    name = "pp-ocrv6-small"

    def __init__(self, threads: int = 1, detector_side: int = 1184) -> None:
        self._detector = OnnxModel(DETECTOR, threads)
        self._recogniser = OnnxModel(RECOGNISER, threads)
        self._detector_side = detector_side
        self._alphabet = ["", *self._recogniser.metadata("character").splitlines(), " "]

    def find(self, image: Rgb) -> list[Quad]:
        """Quads of the text lines on ``image``."""
        height, width = image.shape[:2]
        scale = self._detector_side / max(height, width)
        size = (_multiple(width * scale), _multiple(height * scale))
        small = cv2.resize(
            image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )
        probability = self._detector(_normalised(small)[None])[0, 0]
        back = np.array([width / size[0], height / size[1]], np.float32)
        limit = np.array([width - 1, height - 1], np.float32)
        return [np.clip(box * back, 0, limit) for box in find_boxes(probability, BoxRule())]

    def recognise(self, crops: Sequence[Rgb]) -> list[Reading]:
        """What each crop says."""
        return [self._recognise_one(crop) for crop in crops]

    def _recognise_one(self, crop: Rgb) -> Reading:
        height, width = crop.shape[:2]
        if height == 0 or width == 0:
            return Reading("", 0.0)
        line_width = math.ceil(width * LINE_HEIGHT / height)
        line_width = min(MAX_LINE_WIDTH, max(MIN_LINE_WIDTH, line_width))
        line = cv2.resize(crop, (line_width, LINE_HEIGHT))
        probabilities = self._recogniser(_normalised(line)[None])[0]
        return decode(probabilities, self._alphabet)


def _multiple(length: float) -> int:
    return max(DETECTOR_MULTIPLE, round(length / DETECTOR_MULTIPLE) * DETECTOR_MULTIPLE)


def _normalised(image: Rgb) -> Floats:
    """Channels first, blue green red as the models were trained, from -1 to 1."""
    planes: Floats = image[..., ::-1].transpose(2, 0, 1).astype(np.float32)
    return planes / 127.5 - 1.0
