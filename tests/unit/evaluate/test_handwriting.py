"""Single handwritten answers are counted: right, sure, and those a reader was trained on apart."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from examlens.evaluate.handwriting import evaluate_handwriting
from services.ocr.domain.text.ctc import Reading
from tests.unit.ocr.told_digits import sure_digit
from tests.unit.ocr.told_reader import ToldReader


def digits(folder: Path, *rows: tuple[str, str]) -> None:
    (folder / "exam_digits").mkdir()
    lines = ["file,digit,quiz"]
    for number, (digit, quiz) in enumerate(rows):
        image = np.full((28, 28), 255, np.uint8)
        cv2.putText(image, digit, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 120, 1)
        cv2.imwrite(str(folder / "exam_digits" / f"{number}.png"), image)
        lines.append(f"{number}.png,{digit},{quiz}")
    (folder / "exam_digits" / "labels.csv").write_text("\n".join(lines))


def test_digits_of_quizzes_that_were_trained_on_do_not_count(tmp_path: Path) -> None:
    digits(tmp_path, ("7", "a"), ("3", "b"), ("5", "b"), ("4", "b"))
    told = [sure_digit("3", "3"), sure_digit("5", "6", 0.6), sure_digit("4", "9")]
    looks = [reading for reading in told for _ in ("as a whole", "by its digit")]
    figures = evaluate_handwriting(tmp_path, ToldReader(*looks), frozenset({"a"}), 0.8)
    assert figures == {
        "digits_seen": 1,
        "digits_total": 3,
        "digits_right": 1,
        "digits_sure": 2,
        "digits_sure_right": 1,
    }


def test_cells_are_right_when_they_say_what_their_file_is_named_after(tmp_path: Path) -> None:
    (tmp_path / "true_false").mkdir()
    for name in ("True_1", "False_1"):
        image = np.full((60, 160, 3), 240, np.uint8)
        cv2.putText(image, "TRUE", (30, 42), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (40, 40, 40), 2)
        cv2.imwrite(str(tmp_path / "true_false" / f"{name}.png"), image)
    figures = evaluate_handwriting(tmp_path, ToldReader(Reading("TRUE", 0.9)), frozenset(), 0.8)
    assert (figures["true_false_total"], figures["true_false_right"]) == (2, 1)


def test_a_folder_without_handwriting_has_no_figures(tmp_path: Path) -> None:
    assert evaluate_handwriting(tmp_path, ToldReader(Reading("", 0.0)), frozenset(), 0.8) == {}


def test_labels_without_their_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "exam_digits").mkdir()
    (tmp_path / "exam_digits" / "labels.csv").write_text("name,digit\n1.png,7\n")
    with pytest.raises(ValueError, match="file, digit, quiz"):
        evaluate_handwriting(tmp_path, ToldReader(Reading("", 0.0)), frozenset(), 0.8)
