"""Makes an array of a decoded picture strip by strip, so that it is never there twice."""

from collections.abc import Callable

import cv2
import numpy as np

from services.ingest.domain.raster import Rgb

#: Pixels of a strip, about.
_STRIP_PIXELS = 4_000_000


def reduced(size: tuple[int, int], strip: Callable[[int, int], Rgb], page_pixels: int) -> Rgb:
    """A picture of ``size`` (width, height), by a whole factor smaller.

    It gets no smaller than ``page_pixels``. ``strip`` answers the rows from one to before another.
    """
    width, height = size
    factor = max(1, int((width * height / page_pixels) ** 0.5))
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    strips = []
    for top in range(0, height, rows):
        pixels = strip(top, min(height, top + rows))
        small = (max(1, width // factor), max(1, pixels.shape[0] // factor))
        strips.append(
            cv2.resize(pixels, small, interpolation=cv2.INTER_AREA) if factor > 1 else pixels
        )
    return np.concatenate(strips)
