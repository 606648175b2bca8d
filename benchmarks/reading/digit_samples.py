"""Single digits with their labels: real ones from a folder, and drawn ones in handwriting fonts."""

import csv
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "papers"))

# The drawing scripts are no package: their folder has to be on the path first.
from fonts import Hand

from services.ocr.domain.ink.raster import Grey
from services.ocr.domain.text.digits import DIGITS

#: Size of a drawn figure, and of the page around it, in pixels.
SIZE_PX, PAGE_PX = 90, 200
#: How drawn figures differ: degrees, slant, stretch, height on paper in pixels, blur in pixels.
TURN, SLANT, STRETCH, HEIGHT_PX, BLUR_PX = 8.0, 0.25, (0.75, 1.25), (14, 70), (0.0, 1.0)
#: Pixels by which strokes are thinner or thicker, and darkness of the ink.
STROKES, INK = (-2, 0, 0, 2, 4), (70, 255)


@dataclass(frozen=True, slots=True)
class Sample:
    """One digit: its ink (0 paper, 255 black), what it is, and the quiz or the hand it is from."""

    darkness: Grey
    digit: int
    source: str


def real_digits(folder: Path) -> list[Sample]:
    """The digits that ``folder/labels.csv`` lists: file, digit, quiz."""
    with (folder / "labels.csv").open(encoding="utf-8") as table:
        return [
            Sample(darkness_of(folder / row["file"]), int(row["digit"]), row["quiz"])
            for row in csv.DictReader(table)
        ]


def darkness_of(file: Path) -> Grey:
    """How much darker than white paper every pixel of an image is."""
    return 255 - np.asarray(Image.open(file).convert("L"))


def drawn_digits(hands: Sequence[Hand], each: int) -> Iterator[Sample]:
    """Every digit ``each`` times in every hand, distorted; always the same."""
    source = random.Random(20261130)  # noqa: S311 - the same digits every time, no secret
    for hand in hands:
        for digit in DIGITS:
            for _ in range(each):
                yield Sample(_distorted(_drawn(hand, digit), source), int(digit), hand.name)


def _drawn(hand: Hand, digit: str) -> Grey:
    font = hand.font(digit, SIZE_PX)
    if font is None:
        raise ValueError(f"{hand.name} has no {digit}")
    page = Image.new("L", (PAGE_PX, PAGE_PX))
    ImageDraw.Draw(page).text((PAGE_PX // 2, PAGE_PX // 2), digit, 255, font, anchor="mm")
    return np.asarray(page)


def _distorted(page: Grey, source: random.Random) -> Grey:
    """The digit in another stroke, slant and size, as a scan at some resolution shows it."""
    stroke = source.choice(STROKES)
    kernel = np.ones((abs(stroke) + 1,) * 2, np.uint8)
    changed = cv2.dilate(page, kernel) if stroke >= 0 else cv2.erode(page, kernel)
    if not changed.any():
        changed = page
    matrix = cv2.getRotationMatrix2D((PAGE_PX / 2, PAGE_PX / 2), source.uniform(-TURN, TURN), 1.0)
    lean = np.array([[source.uniform(*STRETCH), source.uniform(-SLANT, SLANT)], [0.0, 1.0]])
    matrix[:, :2] = lean @ matrix[:, :2]
    matrix[:, 2] = PAGE_PX / 2 - matrix[:, :2] @ np.array([PAGE_PX / 2, PAGE_PX / 2])
    turned = cv2.warpAffine(changed, matrix, (PAGE_PX, PAGE_PX))
    rows = np.flatnonzero(turned.any(axis=1))
    scale = source.uniform(*HEIGHT_PX) / (rows[-1] - rows[0] + 1)
    small = cv2.resize(turned, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    blur = source.uniform(*BLUR_PX)
    soft = cv2.GaussianBlur(small, (0, 0), blur) if blur else small
    ink = source.uniform(*INK) / max(1, int(soft.max()))
    return np.clip(soft * ink, 0, 255).astype(np.uint8)
