"""Page images from and to their stored bytes."""

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Rgb
from shared.contract.failures import FailureCode, PermanentFailure

JPEG_OPTIONS = (
    cv2.IMWRITE_JPEG_QUALITY,
    92,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)
PNG_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 3)


def decode(data: bytes, page: int) -> Rgb:
    """The image in ``data``. Raises PermanentFailure(UNREADABLE_PAGE) when it is none."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) if data else None
    if image is None:
        raise PermanentFailure(FailureCode.UNREADABLE_PAGE, page=page)
    return image


def encode(image: Rgb, blob_key: str) -> bytes:
    """``image`` in the format that the key's ending names: .jpg or .png."""
    is_jpeg = blob_key.endswith(".jpg")
    _, data = cv2.imencode(
        ".jpg" if is_jpeg else ".png",
        cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
        JPEG_OPTIONS if is_jpeg else PNG_OPTIONS,
    )
    return bytes(data)
