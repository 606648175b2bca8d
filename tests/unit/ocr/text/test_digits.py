"""A single digit is told among ten, and as surely as there is one at all."""

import cv2
import numpy as np
import pytest

from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.digit_views import BORDER, HEIGHT_PX, digit_view, rim_px, with_rim
from services.ocr.domain.text.digits import DigitClassifier, as_digit, pooled
from services.ocr.domain.text.numerals import SIGNS


def figures(share: float) -> np.ndarray:
    """One step on which a figure, a 1 that is, has ``share`` of the probability."""
    steps = np.zeros((1, len(SIGNS) + 1))
    steps[0, 1 + SIGNS.index("1")] = share
    return steps


def drawn(thickness: int, darkness: int) -> np.ndarray:
    image = np.zeros((90, 90), np.uint8)
    cv2.putText(image, "7", (20, 70), cv2.FONT_HERSHEY_SIMPLEX, 2.0, darkness, thickness)
    return image


def test_a_map_is_pooled_to_the_largest_and_the_mean_of_every_channel() -> None:
    steps = np.array([[0.0, 4.0], [2.0, 2.0]])
    assert pooled(steps).tolist() == [4.0, 2.0, 2.0, 2.0]


def test_the_classifier_tells_the_digit_that_its_weights_point_to() -> None:
    weights = np.zeros((2, 10))
    weights[0, 7] = 3.0
    shares = DigitClassifier(weights, np.zeros(10)).probabilities(np.array([[0.0, 2.0]]))
    assert shares.argmax() == 7
    assert shares.sum() == pytest.approx(1.0)


def test_a_digit_is_no_surer_than_that_there_is_one() -> None:
    digits = np.full(10, 0.01)
    digits[7] = 0.91
    found = as_digit(Reading("T", 0.9, figures=figures(0.5), digits=digits))
    assert found is not None
    assert (found.text, found.confidence) == ("7", pytest.approx(0.455))


def test_a_reader_without_a_classifier_tells_no_digit() -> None:
    assert as_digit(Reading("7", 0.9)) is None


def test_a_pale_digit_is_shown_as_black_as_a_dark_one() -> None:
    pale, dark = digit_view(drawn(3, 50)), digit_view(drawn(3, 250))
    assert pale.min() == 0
    assert np.abs(pale.astype(int) - dark).mean() < 2.0


def test_a_digit_stands_in_the_middle_of_its_border() -> None:
    view = digit_view(drawn(3, 250))
    border = round(BORDER * HEIGHT_PX)
    inked = np.flatnonzero((view[..., 0] < 128).any(axis=1))
    assert view.shape[0] == HEIGHT_PX + 2 * border
    assert inked[0] == pytest.approx(border, abs=3)
    assert inked[-1] == pytest.approx(border + HEIGHT_PX, abs=3)


def test_blank_paper_is_shown_blank() -> None:
    assert digit_view(np.zeros((40, 30), np.uint8)).min() == 255


def test_the_rim_of_strokes_grows_with_the_digit() -> None:
    strokes = np.zeros((60, 60), np.uint8)
    strokes[30, 30] = 255
    assert np.count_nonzero(with_rim(strokes, rim_px(40))) == 81
    assert rim_px(1) == 1
