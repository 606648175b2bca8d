"""Page images from and to their stored bytes."""

import struct
import zlib

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
#: A remark in a picture's own metadata, right behind its first part, that it was mirrored.
_REMARK = b"Comment\0examlens: was mirrored"
_JPEG_REMARK = b"\xff\xfe" + struct.pack(">H", len(_REMARK) + 2) + _REMARK
_PNG_REMARK = (
    struct.pack(">I", len(_REMARK))
    + b"tEXt"
    + _REMARK
    + struct.pack(">I", zlib.crc32(b"tEXt" + _REMARK))
)
#: Behind the start of a JPEG, and behind a PNG's signature and header.
_JPEG_PLACE, _PNG_PLACE = 2, 33


def decode(data: bytes, page: int) -> Rgb:
    """The image in ``data``. Raises PermanentFailure(UNREADABLE_PAGE) when it is none."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) if data else None
    if image is None:
        raise PermanentFailure(FailureCode.UNREADABLE_PAGE, page=page)
    return image


def was_mirrored(data: bytes) -> bool:
    """Whether ``encode`` was told that the picture in ``data`` had been mirrored."""
    return data[_JPEG_PLACE:].startswith(_JPEG_REMARK) or data[_PNG_PLACE:].startswith(_PNG_REMARK)


def encode(image: Rgb, blob_key: str, *, is_mirrored: bool = False) -> bytes:
    """``image`` in the format that the key's ending names: .jpg or .png.

    ``is_mirrored`` is remarked in it: who reads it again is to know what was undone.
    """
    is_jpeg = blob_key.endswith(".jpg")
    _, data = cv2.imencode(
        ".jpg" if is_jpeg else ".png",
        cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
        JPEG_OPTIONS if is_jpeg else PNG_OPTIONS,
    )
    if not is_mirrored:
        return bytes(data)
    place, remark = (_JPEG_PLACE, _JPEG_REMARK) if is_jpeg else (_PNG_PLACE, _PNG_REMARK)
    return bytes(data[:place]) + remark + bytes(data[place:])
