"""Drawn answer sheets: a printed template, and letters of one hand in its cells."""

import io

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = (1000, 1300)


def sheet(answers: str, *, name: str = "", size: tuple[int, int] = SIZE) -> Image.Image:
    """A page of numbered questions with a ruled answer table; a letter per cell."""
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    print_font, hand = ImageFont.load_default(size=24), ImageFont.load_default(size=34)
    draw.text((300, 60), "Unit 7, second paper", "black", font=ImageFont.load_default(size=36))
    draw.text((100, 130), f"Name: {name}", "black", font=print_font)
    for number in range(len(answers)):
        text = f"{number + 1}. Which of the {number + 3} statements on line {number * 7 + 2} holds?"
        draw.text((100, 200 + 70 * number), text, "black", font=print_font)
    top = 260 + 70 * len(answers)
    for column, letter in enumerate(answers):
        left = 100 + 70 * column
        draw.rectangle((left, top, left + 70, top + 60), outline="black", width=2)
        draw.rectangle((left, top + 60, left + 70, top + 130), outline="black", width=2)
        draw.text((left + 22, top + 15), str(column + 1), "black", font=print_font)
        # Every cell's letter stands a little differently, as a hand would write it.
        shift = (column * 13) % 11
        draw.text((left + 16 + shift, top + 70 + shift), letter, (30, 40, 120), font=hand)
    return page


def encoded(page: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """``page`` as a file."""
    buffer = io.BytesIO()
    page.save(buffer, kind, **options)
    return buffer.getvalue()


def photographed(page: Image.Image, seed: int = 1) -> bytes:
    """``page`` on a dark desk, seen at an angle under uneven light."""
    random = np.random.default_rng(seed)
    pixels = np.asarray(page.convert("RGB"))
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners * 0.86 + 0.07 * np.array([width, height], np.float32)
    moved += random.uniform(-0.02, 0.02, (4, 2)).astype(np.float32) * width
    matrix = cv2.getPerspectiveTransform(corners, moved)
    placed = cv2.warpPerspective(
        pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(60, 55, 50)
    )
    light = (
        np.linspace(1.0, 0.75, width)[None, :, None] * np.linspace(0.95, 1.0, height)[:, None, None]
    )
    noisy = cv2.GaussianBlur(placed * light, (0, 0), 0.6)
    noisy += random.normal(0, 3, (height, width, 1))
    return encoded(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)), "JPEG", quality=70)
