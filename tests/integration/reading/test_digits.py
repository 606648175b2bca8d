"""The recogniser's run tells digits beside its characters, and nothing else for it."""

import cv2
import numpy as np

from services.ocr.adapters.onnx_models import RECOGNISER, OnnxModel
from services.ocr.adapters.ppocr_reader import PpOcrReader
from services.ocr.adapters.recogniser import Recogniser, normalised
from services.ocr.steps.digit_reading import read_digits


def drawn(digit: str) -> np.ndarray:
    """Pale ink: 0 is paper."""
    image = np.zeros((90, 80), np.uint8)
    cv2.putText(image, digit, (15, 70), cv2.FONT_HERSHEY_SIMPLEX, 2.2, 90, 4, cv2.LINE_AA)
    return image


def test_every_drawn_digit_is_told_from_the_others() -> None:
    found = read_digits(PpOcrReader(1), [drawn(digit) for digit in "0123456789"])
    assert "".join(digit.text for digit in found if digit) == "0123456789"


def test_a_second_output_leaves_the_first_as_it_is() -> None:
    line = cv2.cvtColor(255 - drawn("8")[:48, :48], cv2.COLOR_GRAY2RGB)
    (alone,) = OnnxModel(RECOGNISER, 1, has_arena=True)(normalised(line)[None])
    probabilities, steps = Recogniser(1)(line)
    assert np.array_equal(alone[0], probabilities)
    assert steps.shape == (384, len(probabilities))
