"""The array types that reading uses, and cutting pieces out of a page."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

# OpenCV's stubs answer arrays of unknown element type, so these names carry the meaning only.
#: Height × width × 3 bytes, red green blue.
Rgb = npt.NDArray[Any]
#: Height × width bytes.
Grey = npt.NDArray[Any]
#: Height × width bytes, 255 where something is, else 0.
Mask = npt.NDArray[Any]
#: Any shape, floating point.
Floats = npt.NDArray[Any]
#: 4 × (x, y) in pixels: top left, top right, bottom right, bottom left as read.
Quad = npt.NDArray[Any]
#: x, y, width, height in whole pixels, origin top left; in documents it is a ``BBox``.
PixelBox = tuple[int, int, int, int]

#: A crop this many times as high as wide holds text that runs up or down.
VERTICAL_RATIO = 1.5


def to_grey(image: Rgb) -> Grey:
    """Luminance of ``image``."""
    grey: Grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return grey


def turn_quarters(image: Rgb, quarters: int) -> Rgb:
    """``image`` turned clockwise by ``quarters`` right angles."""
    return np.ascontiguousarray(np.rot90(image, -quarters % 4))


def mirrored(image: Rgb) -> Rgb:
    """``image`` with left and right exchanged."""
    return np.ascontiguousarray(image[:, ::-1])


def rotate(image: Rgb, degrees: float) -> Rgb:
    """``image`` turned clockwise by ``degrees`` on a white canvas that grows, so nothing is cut."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (
        int(np.ceil(width * cosine + height * sine)),
        int(np.ceil(width * sine + height * cosine)),
    )
    matrix[0, 2] += (size[0] - width) / 2
    matrix[1, 2] += (size[1] - height) / 2
    turned: Rgb = cv2.warpAffine(
        image,
        matrix,
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    return turned


def cut_quad(image: Rgb, quad: Quad) -> Rgb:
    """The part of ``image`` under ``quad``, made level; the quad's sides give its size."""
    width = max(1, round(max(_length(quad[0], quad[1]), _length(quad[3], quad[2]))))
    height = max(1, round(max(_length(quad[0], quad[3]), _length(quad[1], quad[2]))))
    x0, y0 = np.floor(quad.min(axis=0)).astype(int)
    x1, y1 = np.ceil(quad.max(axis=0)).astype(int)
    slant = max(abs(quad[0, 1] - quad[1, 1]), abs(quad[0, 0] - quad[3, 0]))
    if slant <= 1.5:
        return np.ascontiguousarray(image[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1])
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    cut: Rgb = cv2.warpPerspective(
        image,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cut


def _length(a: Floats, b: Floats) -> float:
    return float(np.hypot(*(a - b)))


def bounding_box(quad: Quad) -> tuple[float, float, float, float]:
    """The axis-parallel box (x, y, width, height) around ``quad``."""
    left, top = quad.min(axis=0)
    right, bottom = quad.max(axis=0)
    return float(left), float(top), float(right - left), float(bottom - top)
