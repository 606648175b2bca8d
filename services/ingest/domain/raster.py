"""Page images as arrays: the types and the few transformations that all of ingest uses."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

# OpenCV's stubs do not tell the element type, so these names only tell the meaning.
#: Height × width × 3 bytes, red green blue.
Rgb = npt.NDArray[Any]
#: Height × width bytes.
Grey = npt.NDArray[Any]
#: Height × width bytes, 255 where something is, else 0.
Mask = npt.NDArray[Any]
#: Any shape, floating point.
Floats = npt.NDArray[Any]

WHITE = (255, 255, 255)


def to_grey(image: Rgb) -> Grey:
    """Luminance of ``image``."""
    grey: Grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return grey


def shrink(image: Rgb, max_pixels: int) -> Rgb:
    """``image``, scaled down to at most ``max_pixels``; never scaled up."""
    height, width = image.shape[:2]
    scale = (max_pixels / (height * width)) ** 0.5
    if scale >= 1:
        return image
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    small: Rgb = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return small


def shrink_side(grey: Grey, max_side: int) -> tuple[Grey, float]:
    """``grey`` with its longer side at most ``max_side``, and the factor it was scaled by."""
    scale = min(1.0, max_side / max(grey.shape))
    if scale >= 1:
        return grey, 1.0
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small: Grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return small, scale


def turn_quarters(image: Rgb, quarters: int) -> Rgb:
    """``image`` turned clockwise by ``quarters`` right angles."""
    return np.ascontiguousarray(np.rot90(image, -quarters % 4))


def rotate(image: Rgb, degrees: float) -> Rgb:
    """``image`` turned clockwise by ``degrees`` on a white canvas that grows, so nothing is cut."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_width = int(np.ceil(width * cosine + height * sine))
    new_height = int(np.ceil(width * sine + height * cosine))
    matrix[0, 2] += (new_width - width) / 2
    matrix[1, 2] += (new_height - height) / 2
    turned: Rgb = cv2.warpAffine(
        image,
        matrix,
        (new_width, new_height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=WHITE,
    )
    return turned


def ink_mask(grey: Grey) -> Mask:
    """Where ``grey`` is darker than its surroundings: ink on paper of any brightness.

    The window follows the image's size, about three lines of print on an A4 page.
    """
    window = max(15, (max(grey.shape) // 40) | 1)
    mask: Mask = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 18
    )
    return mask
