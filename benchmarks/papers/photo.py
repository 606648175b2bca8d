"""Makes a clean page look scanned or photographed: geometry, light, blur, noise, compression."""

from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to a page. Angles in degrees clockwise, lengths as shares of the page width."""

    kind: str
    turn_degrees: float
    quarter_turns: int
    keystone: float
    desk: float
    curl: float
    shade: float
    blur_px: float
    noise: float
    jpeg_quality: int


def choose_damage(random: np.random.Generator) -> Damage:
    """Half the pages are scanned, half photographed on a desk; one in seven lies sideways."""
    is_photo = bool(random.random() < 0.5)
    return Damage(
        kind="photo" if is_photo else "scan",
        turn_degrees=float(random.uniform(-3, 3)),
        quarter_turns=int(random.integers(1, 4)) if random.random() < 1 / 7 else 0,
        keystone=float(random.uniform(0.01, 0.045)) if is_photo else 0.0,
        desk=float(random.uniform(0.02, 0.07)) if is_photo else 0.0,
        curl=float(random.uniform(0.0, 0.006)) if is_photo else 0.0,
        shade=float(random.uniform(0.1, 0.4)) if is_photo else float(random.uniform(0, 0.08)),
        blur_px=float(random.uniform(0.3, 0.8)),
        noise=float(random.uniform(2, 7)),
        jpeg_quality=int(random.choice([50, 60, 75])),
    )


def degrade(page: Image.Image, damage: Damage, random: np.random.Generator) -> bytes:
    """The damaged page as JPEG bytes."""
    pixels = np.asarray(page.convert("RGB"))
    if damage.curl:
        pixels = _curl(pixels, damage.curl, random)
    pixels = _place_on_desk(pixels, damage, random)
    light = _light(pixels.shape[:2], damage.shade, random)
    lit = pixels.astype(np.float32) * light[:, :, None]
    blurred = cv2.GaussianBlur(lit, (0, 0), damage.blur_px)
    # One channel: a sensor's noise is mostly of brightness.
    grain = random.standard_normal(blurred.shape[:2], dtype=np.float32) * damage.noise
    noisy = blurred + grain[:, :, None]
    turned = np.rot90(np.clip(noisy, 0, 255).astype(np.uint8), -damage.quarter_turns)
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(turned)).save(
        buffer, "JPEG", quality=damage.jpeg_quality, dpi=(150, 150)
    )
    return buffer.getvalue()


def _curl(pixels: Pixels, curl: float, random: np.random.Generator) -> Pixels:
    """Bend the lines: a slow wave in height across the width, as of a page that is not flat."""
    height, width = pixels.shape[:2]
    columns = np.arange(width, dtype=np.float32)
    phase = random.uniform(0, 2 * np.pi)
    wave = curl * width * np.sin(columns / width * np.pi * random.uniform(0.8, 1.6) + phase)
    map_x = np.tile(columns, (height, 1))
    map_y = np.arange(height, dtype=np.float32)[:, None] + wave[None, :].astype(np.float32)
    bent = cv2.remap(pixels, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, dtype=np.uint8)


def _place_on_desk(pixels: Pixels, damage: Damage, random: np.random.Generator) -> Pixels:
    """Turn and keystone the page; what is not page is desk, or white under a scanner's lid."""
    height, width = pixels.shape[:2]
    margin = damage.desk * width
    angle = np.deg2rad(damage.turn_degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    moved = (corners - corners.mean(axis=0)) @ turn.T
    moved += random.uniform(-1, 1, (4, 2)) * damage.keystone * width
    moved += margin - moved.min(axis=0)
    size = np.ceil(moved.max(axis=0) + margin).astype(int)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    desk = tuple(int(v) for v in random.integers(25, 110, 3)) if damage.desk else (250, 250, 250)
    placed = cv2.warpPerspective(
        pixels,
        matrix,
        (int(size[0]), int(size[1])),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=desk,
    )
    return np.asarray(placed, dtype=np.uint8)


def _light(
    shape: tuple[int, ...], shade: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """A slope of light with one soft shadow; 1 is full light."""
    height, width = shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    direction = random.uniform(0, 2 * np.pi)
    slope = (xs / width - 0.5) * np.cos(direction) + (ys / height - 0.5) * np.sin(direction)
    light = 1 - shade * (slope + 0.5)
    edge = (xs / width * np.cos(direction + 1) + ys / height * np.sin(direction + 1)) - 0.4
    shadow = 1 / (1 + np.exp(-edge * random.uniform(10, 40)))
    return np.asarray(light * (1 - shade * 0.5 * shadow), dtype=np.float32)
