"""Draws the pages that ocr's tests look at."""

import cv2
import numpy as np

Image = np.ndarray
INK = (30, 30, 30)


def paper(width: int = 1240, height: int = 900) -> Image:
    return np.full((height, width, 3), 250, np.uint8)


def grid(
    image: Image,
    origin: tuple[int, int],
    columns: list[int],
    rows: list[int],
    thickness: int = 2,
) -> None:
    """A ruled grid: ``columns`` and ``rows`` are widths and heights in pixels."""
    xs = np.cumsum([origin[0], *columns])
    ys = np.cumsum([origin[1], *rows])
    for x in xs:
        cv2.line(image, (int(x), int(ys[0])), (int(x), int(ys[-1])), INK, thickness)
    for y in ys:
        cv2.line(image, (int(xs[0]), int(y)), (int(xs[-1]), int(y)), INK, thickness)


def write(image: Image, text: str, at: tuple[int, int], size: float = 1.2) -> None:
    """``text`` with its baseline's left end ``at`` (x, y)."""
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, INK, 2, cv2.LINE_AA)


def answer_table(image: Image, origin: tuple[int, int], letters: str) -> None:
    """Numbers over letters, as on an answer sheet."""
    grid(image, origin, [100] * len(letters), [70, 70])
    for index, letter in enumerate(letters):
        x = origin[0] + 100 * index + 38
        write(image, str(index + 1), (x, origin[1] + 48))
        write(image, letter, (x, origin[1] + 118))


def keystone(image: Image, shift: int) -> Image:
    """``image`` photographed from above its upper edge: the lower edge gets shorter."""
    height, width = image.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = source + np.array([[0, 0], [0, 0], [-shift, 0], [shift, 0]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    return cv2.warpPerspective(image, matrix, (width, height), borderValue=(250, 250, 250))


def bend(image: Image, rise: int) -> Image:
    """``image`` on paper that sags: the middle lies ``rise`` pixels lower."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    sag = rise * np.sin(np.pi * x / width)
    return cv2.remap(image, x, y - sag.astype(np.float32), cv2.INTER_LINEAR, borderValue=(250,) * 3)
