"""Measures how single handwritten answers of known truth are read: digits, True and False."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import page_ink
from services.ocr.domain.ink.raster import Grey, Rgb
from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind
from services.ocr.domain.places.place_writing import writing_at
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.digit_views import digit_view
from services.ocr.domain.text.numerals import as_number
from services.ocr.domain.text.text_reader import TextReader
from services.ocr.steps.digit_reading import digit_by_digit
from services.ocr.steps.place_looks import Look, read_all
from shared.contract.notation.verdicts import FALSE, TRUE
from shared.contract.reading import PageLanguage

#: What a folder of handwriting may hold: ``exam_digits/labels.csv`` (file, digit, quiz) with its
#: images, and cells that are named after their word, ``true_false/True_….png``.
DIGITS, TRUTHS = "exam_digits", "true_false"
#: The height of print beside a cell of a table, in heights of the cell.
PRINT_SHARE = 0.35

Figures = dict[str, float | None]


def evaluate_handwriting(
    folder: Path, reader: TextReader, trained_on: frozenset[str], certain_confidence: float
) -> Figures:
    """The figures of what ``folder`` holds; nothing for what it does not.

    Digits of quizzes that the reader was ``trained_on`` are counted in ``digits_seen`` and left
    out. Raises ValueError or OSError for labels or images that cannot be read.
    """
    figures: Figures = {}
    if (folder / DIGITS / "labels.csv").is_file():
        figures |= _digits(folder / DIGITS, reader, trained_on, certain_confidence)
    if (folder / TRUTHS).is_dir():
        figures |= _truths(folder / TRUTHS, reader, certain_confidence)
    return figures


def _digits(
    folder: Path, reader: TextReader, trained_on: frozenset[str], certain_confidence: float
) -> Figures:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    if any(not {"file", "digit", "quiz"} <= row.keys() for row in rows):
        raise ValueError(f"{folder / 'labels.csv'} needs the columns file, digit, quiz")
    unseen = [row for row in rows if row["quiz"] not in trained_on]
    inks = [255 - cv2.cvtColor(_image(folder / row["file"]), cv2.COLOR_RGB2GRAY) for row in unseen]
    readings = [_in_place(reader, ink) for ink in inks]
    is_right = [r.text == row["digit"] for r, row in zip(readings, unseen, strict=True)]
    return {
        "digits_seen": len(rows) - len(unseen),
        **_counts("digits", readings, is_right, certain_confidence),
    }


def _in_place(reader: TextReader, ink: Grey) -> Reading:
    """What is read where one number stands: among figures as a whole, then by its digit."""
    (look,) = reader.recognise([digit_view(ink)])
    return digit_by_digit(reader, [ink], as_number(look, is_expected=True))


def _truths(folder: Path, reader: TextReader, certain_confidence: float) -> Figures:
    """All cells as the answers of one page, where each tells what the others may be."""
    files = sorted(folder.glob("*.png"))
    images = [_image(file) for file in files]
    sheet, tops = _stacked(images)
    looks = [_look(image, top) for image, top in zip(images, tops, strict=True)]
    read_all(reader, sheet, [look for look in looks if look is not None], PageLanguage.ENGLISH)
    readings = [look.decide()[0] if look is not None else Reading("", 0.0) for look in looks]
    is_right = []
    for file, reading in zip(files, readings, strict=True):
        meant = TRUE if file.name.lower().startswith("true") else FALSE
        is_right.append(reading.text.casefold().rstrip(".") in meant)
    return _counts("true_false", readings, is_right, certain_confidence)


def _stacked(images: Sequence[Rgb]) -> tuple[Rgb, list[int]]:
    """``images`` one below the other on a page, and where each begins."""
    heights = [image.shape[0] for image in images]
    tops = [sum(heights[:number]) for number in range(len(images))]
    widest = max((image.shape[1] for image in images), default=1)
    sheet = np.full((max(1, sum(heights)), widest, 3), 255, np.uint8)
    for image, top in zip(images, tops, strict=True):
        sheet[top : top + image.shape[0], : image.shape[1]] = image
    return sheet, tops


def _look(image: Rgb, top: int) -> Look | None:
    """A look at the writing in a cell that begins ``top`` pixels down the page."""
    height, width = image.shape[:2]
    place = AnswerPlace(PlaceKind.CELL, (0, 0, width, height), PRINT_SHARE * height)
    written = writing_at(page_ink(image), place)
    if written is None:
        return None
    x, y, *size = written.box
    moved = replace(written, box=(x, y + top, size[0], size[1]))
    return Look(replace(place, room=(0, top, width, height)), moved, None)


def _image(file: Path) -> Rgb:
    image = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{file} is no image")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _counts(
    name: str, readings: Sequence[Reading], is_right: Sequence[bool], certain_confidence: float
) -> Figures:
    is_sure = [reading.confidence >= certain_confidence for reading in readings]
    return {
        f"{name}_total": len(readings),
        f"{name}_right": sum(is_right),
        f"{name}_sure": sum(is_sure),
        f"{name}_sure_right": sum(a and b for a, b in zip(is_sure, is_right, strict=True)),
    }
