"""What a photograph shows besides the sheet: what it lies on, light, shadows, a screen's bands."""

import cv2
import numpy as np
from numpy.typing import NDArray

from uploads.shots import Shot

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def surface(random: np.random.Generator) -> Pixels:
    """A table, a cloth or another sheet, in a few hundred pixels."""
    height, width = 480, 360
    base = {
        "wood": (176, 128, 84), "dark": (46, 44, 50), "green": (40, 74, 60),
        "cloth": (190, 176, 150),
        "white": (216, 214, 210), "grey": (120, 124, 130),
    }  # fmt: skip
    name = str(random.choice(list(base)))
    grain = random.standard_normal((height, width)).astype(np.float32)
    if name == "wood":
        grain = cv2.GaussianBlur(grain, (0, 0), sigmaX=0.8, sigmaY=40) * 60
    elif name == "cloth":
        ys, xs = np.mgrid[0:height, 0:width]
        grain = grain * 4 + (np.sin(xs * 1.3) + np.sin(ys * 1.3)).astype(np.float32) * 7
    else:
        grain = cv2.GaussianBlur(grain, (0, 0), 1.2) * 14
    colour = np.array(base[name], np.float32) * random.uniform(0.8, 1.15)
    return np.asarray(np.clip(colour + grain[:, :, None], 0, 255), dtype=np.uint8)


def light(shape: tuple[int, ...], shot: Shot, random: np.random.Generator) -> Floats:
    """A slope of light, its warmth, and the shadow of a hand or a phone; 1 is full light."""
    height, width = shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    direction = random.uniform(0, 2 * np.pi)
    slope = (xs / width - 0.5) * np.cos(direction) + (ys / height - 0.5) * np.sin(direction)
    light = (0.95 - shot.slope * (slope + 0.5)).astype(np.float32)
    if shot.hand_shadow:
        light = light * (1 - shot.hand_shadow * _shadow(height, width, random))
    tone = np.array([1 + shot.warmth, 1 + shot.warmth * 0.3, 1 - shot.warmth], np.float32)
    return np.asarray(light[:, :, None] * tone, dtype=np.float32)


def _shadow(height: int, width: int, random: np.random.Generator) -> Floats:
    """Where the shadow lies, 0..1: a phone's corner or an arm, soft at its edges."""
    mask = np.zeros((height, width), np.float32)
    if random.random() < 0.5:
        centre = (width * random.uniform(0.2, 0.8), height * random.uniform(0.6, 1.1))
        box = (
            centre,
            (width * random.uniform(0.4, 0.8), height * random.uniform(0.4, 0.8)),
            random.uniform(-30, 30),
        )
        cv2.fillPoly(mask, [cv2.boxPoints(box).astype(np.int32)], 1.0)
    else:
        start = (int(width * random.uniform(0.3, 1.1)), height)
        end = (int(width * random.uniform(0.3, 0.8)), int(height * random.uniform(0.3, 0.7)))
        thick = int(width * random.uniform(0.1, 0.22))
        cv2.line(mask, start, end, 1.0, thick)
        for finger in range(4):
            tip = (
                end[0] + int((finger - 1.5) * thick * 0.4),
                end[1] - int(thick * random.uniform(0.5, 1.2)),
            )
            cv2.line(mask, end, tip, 1.0, max(2, thick // 4))
    return np.asarray(
        cv2.GaussianBlur(mask, (0, 0), width * random.uniform(0.015, 0.045)), dtype=np.float32
    )


def screen(shape: tuple[int, ...], depth: float, random: np.random.Generator) -> Floats:
    """The bands of a photographed screen: two gratings of almost one pitch."""
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    angle = random.uniform(-0.3, 0.3)
    along = xs * np.cos(angle) + ys * np.sin(angle)
    pitch = random.uniform(2.05, 2.4)
    bands = np.sin(along * 2 * np.pi / pitch) + np.sin(ys * 2 * np.pi / random.uniform(30, 80))
    return np.asarray(1 + depth * bands, dtype=np.float32)
