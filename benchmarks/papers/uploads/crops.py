"""Digits of real writers, to be pasted instead of drawn ones; none is part of the project."""

import csv
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

#: Pixels that a crop has to be high, or its strokes are blots.
_LEAST_HEIGHT_PX = 11
#: Of the largest piece: smaller ones are no strokes of the digit.
_LEAST_SHARE = 0.15


def load_crops(folder: Path) -> list[dict[str, list[Image.Image]]]:
    """Masks of real digits, a dictionary a writer, of ``labels.csv`` (file, digit, quiz).

    Writers without all ten digits are left out. Raises ValueError where none is left.
    """
    writers: dict[str, dict[str, list[Image.Image]]] = {}
    with (folder / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            mask = _mask(Image.open(folder / row["file"]))
            if mask is not None:
                writers.setdefault(row["quiz"], {}).setdefault(row["digit"], []).append(mask)
    whole = [digits for digits in writers.values() if len(digits) == 10]
    if not whole:
        raise ValueError(f"no writer in {folder} has all ten digits")
    return whole


def _mask(crop: Image.Image) -> Image.Image | None:
    """The digit's ink, white on black; None where it is too small to be drawn anywhere."""
    grey = np.asarray(crop.convert("L")).astype(np.float32)
    paper = float(np.percentile(grey, 80)) - 18
    darkest = float(np.percentile(grey, 3))
    ink = np.clip((paper - grey) * 255 / max(40.0, paper - darkest), 0, 255).astype(np.uint8)
    # What is left of a rule or of a neighbour is a small piece of its own.
    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 60).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    pieces = [n for n in range(1, count) if areas[n] >= _LEAST_SHARE * areas[1:].max()]
    near = cv2.dilate(np.isin(labels, pieces).astype(np.uint8), np.ones((3, 3), np.uint8))
    mask = Image.fromarray(np.where(near > 0, ink, 0).astype(np.uint8))
    box = mask.point(lambda v: 255 if v > 60 else 0).getbbox()
    return mask.crop(box) if box and box[3] - box[1] >= _LEAST_HEIGHT_PX else None
