"""What happens to a sheet that is handed in again: encoded, scaled, turned, photographed."""

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "papers"))

# A script's folder: it has to be on the path first.
from photo import Damage, degrade

Pixels = NDArray[np.uint8]


def _decoded(data: bytes) -> Pixels:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"))


def jpeg_q60(page: Pixels, _: np.random.Generator) -> Pixels:
    """The page as a JPEG of quality 60."""
    buffer = BytesIO()
    Image.fromarray(page).save(buffer, "JPEG", quality=60)
    return _decoded(buffer.getvalue())


def scaled_80(page: Pixels, _: np.random.Generator) -> Pixels:
    """The page at 80 % of its size."""
    size = (round(page.shape[1] * 0.8), round(page.shape[0] * 0.8))
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def turned_1_5(page: Pixels, random: np.random.Generator) -> Pixels:
    """The page turned by 1.5 degrees either way, on white."""
    height, width = page.shape[:2]
    angle = 1.5 if random.random() < 0.5 else -1.5
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(
        page, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)
    )
    return np.asarray(turned, np.uint8)


def photographed(page: Pixels, random: np.random.Generator) -> Pixels:
    """The page on a desk: perspective, curl, uneven light, blur, grain, JPEG."""
    damage = Damage(
        kind="photo",
        turn_degrees=float(random.uniform(-3, 3)),
        quarter_turns=0,
        keystone=float(random.uniform(0.01, 0.045)),
        desk=float(random.uniform(0.02, 0.07)),
        curl=float(random.uniform(0.0, 0.006)),
        shade=float(random.uniform(0.1, 0.4)),
        blur_px=float(random.uniform(0.3, 0.8)),
        noise=float(random.uniform(2, 7)),
        jpeg_quality=int(random.choice([50, 60, 75])),
    )
    return _decoded(degrade(Image.fromarray(page), damage, random))


TRANSFORMATIONS: dict[str, Callable[[Pixels, np.random.Generator], Pixels]] = {
    "JPEG q60": jpeg_q60,
    "80 %": scaled_80,
    "turned 1.5": turned_1_5,
    "photo": photographed,
}
