"""Boxes grow back from the detector's map to the size of their lines."""

import numpy as np

from services.ocr.domain.text.text_boxes import BoxRule, find_boxes, in_reading_order, sort_boxes


def test_a_kernel_grows_to_its_line() -> None:
    probability = np.zeros((100, 300), np.float32)
    probability[45:55, 50:250] = 0.9
    (box,) = find_boxes(probability, BoxRule())
    left, top = box.min(axis=0)
    right, bottom = box.max(axis=0)
    assert 30 < left < 48
    assert 252 < right < 270
    assert 33 < top < 43
    assert 57 < bottom < 67


def test_a_fraction_in_a_line_neither_hides_nor_thickens_it() -> None:
    probability = np.zeros((100, 400), np.float32)
    probability[45:55, 50:350] = 0.85
    probability[30:70, 330:350] = 0.85
    (box,) = find_boxes(probability, BoxRule())
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    assert left < 50
    assert right > 350
    assert 33 < top < 45
    assert 55 < bottom < 67


def test_weak_and_tiny_kernels_are_no_lines() -> None:
    probability = np.zeros((100, 300), np.float32)
    probability[45:55, 50:250] = 0.4
    probability[10:11, 10:12] = 0.99
    assert find_boxes(probability, BoxRule()) == []


def test_corners_come_from_top_left_clockwise() -> None:
    mixed = np.array([[90, 10], [10, 12], [12, 40], [92, 38]], float)
    assert in_reading_order(mixed).tolist() == [[10, 12], [90, 10], [92, 38], [12, 40]]


def test_boxes_on_one_line_go_from_left_to_right_before_the_next_line() -> None:
    def box(x: float, y: float) -> np.ndarray:
        return np.array([[x, y], [x + 50, y], [x + 50, y + 20], [x, y + 20]], np.float32)

    ordered = sort_boxes([box(300, 104), box(10, 140), box(10, 100), box(150, 97)])
    assert [(b[0, 0], b[0, 1]) for b in ordered] == [(10, 100), (150, 97), (300, 104), (10, 140)]
