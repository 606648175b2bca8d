"""Decodes PNG and JPEG uploads with Pillow, as large as a page needs."""

import io
import struct
import warnings

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from services.ingest.adapters.damaged_files import (
    PNG_MAGIC,
    completed_jpeg,
    without_ancillary_chunks,
)
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Rgb, turn_quarters
from shared.contract.failures import FailureCode, PermanentFailure

_FORMATS = ("PNG", "JPEG")
#: Bytes that Pillow holds per pixel of a decoded picture; of all other modes 4.
_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2}
#: A picture is converted in strips of about so many pixels, so that it is never there twice.
_STRIP_PIXELS = 4_000_000
#: Share of its pixels that a JPEG may lack at its end: less than the lower margin of a page. A
#: pixel that only the last bits of a progressive JPEG would change by less is not lost.
_MAX_LOST, _MAX_CHANGE = 0.03, 48
#: Where a JPEG's data end, decoders draw the middle of the grey scale.
_FILL_LEVEL = 128
#: EXIF orientation (CIPA DC-008, tag 0x0112): mirrored first, then quarter turns clockwise.
_ORIENTATIONS: dict[object, tuple[bool, int]] = {
    2: (True, 0),
    3: (False, 2),
    4: (True, 2),
    5: (True, 3),
    6: (False, 1),
    7: (True, 1),
    8: (False, 3),
}


def decode_image(data: bytes, limits: Limits) -> Rgb:
    """The picture in ``data``, turned as its EXIF orientation says, on white where transparent.

    A picture of several times a page's pixels is reduced while it is decoded. Raises
    PermanentFailure TOO_MANY_PIXELS, UNREADABLE_PAGE or BROKEN_IMAGE.
    """
    # Pillow keeps these switches per process; our own limits say what memory a picture may take.
    ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = False, None
    if data.startswith(PNG_MAGIC):
        return _decode(without_ancillary_chunks(data), limits)
    try:
        return _decode(data, limits)
    except PermanentFailure as failure:
        if failure.code is not FailureCode.BROKEN_IMAGE:
            raise
    return _decode_cut_off(data, limits)


def _decode_cut_off(data: bytes, limits: Limits) -> Rgb:
    image, other = (_decode(jpeg, limits) for jpeg in completed_jpeg(data))
    lost = float(np.mean(cv2.absdiff(image, other).max(axis=2) > _MAX_CHANGE))
    if max(lost, _filled_share(image)) > _MAX_LOST:
        raise PermanentFailure(FailureCode.BROKEN_IMAGE)
    return image


def _filled_share(image: Rgb) -> float:
    """Share of rows, or of columns, that are nothing but the grey a decoder fills gaps with."""
    is_fill = np.all(np.abs(image.astype(np.int16) - _FILL_LEVEL) <= 1, axis=2)
    return max(float(np.mean(np.all(is_fill, axis=axis))) for axis in (0, 1))


def _decode(data: bytes, limits: Limits) -> Rgb:
    try:
        # Pillow warns of metadata that it skips; they do not matter to the picture.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=_FORMATS) as picture,
        ):
            pixels = picture.width * picture.height
            limits.check_pixels(picture.width, picture.height, _bytes_per_pixel(picture))
            share = min(1.0, (limits.page_pixels / pixels) ** 0.5)
            if isinstance(picture, JpegImageFile):
                # The decoder itself reduces to 1/2, 1/4 or 1/8, but not below what is asked for.
                picture.draft(None, (int(picture.width * share), int(picture.height * share)))
            picture.load()
            image = _to_rgb(picture, limits.page_pixels)
            mirrored, quarters = _ORIENTATIONS.get(_orientation(picture), (False, 0))
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise PermanentFailure(FailureCode.BROKEN_IMAGE) from error
    return turn_quarters(image[:, ::-1] if mirrored else image, quarters)


def _bytes_per_pixel(picture: Image.Image) -> int:
    """How many bytes decoding ``picture`` holds per pixel of the file."""
    if isinstance(picture, JpegImageFile):
        # Pixels are reduced, but a progressive JPEG keeps the coefficients of all.
        return 2 if picture.info.get("progressive") else 1
    return _PIXEL_BYTES.get(picture.mode, 4)


def _orientation(picture: Image.Image) -> object:
    """The EXIF orientation; None when there is none or the EXIF block makes no sense."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return None


def _to_rgb(picture: Image.Image, page_pixels: int) -> Rgb:
    """``picture`` as an array, by a whole factor smaller but no smaller than ``page_pixels``."""
    width, height = picture.size
    factor = max(1, int((width * height / page_pixels) ** 0.5))
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    # 16-bit grey: Pillow would clip at 255 instead of scaling.
    white = picture.getextrema()[1] if picture.mode.startswith("I") else None
    strips = []
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(height, top + rows)))
        pixels = _strip_to_rgb(strip, white)
        size = (max(1, width // factor), max(1, strip.height // factor))
        strips.append(
            cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if factor > 1 else pixels
        )
    return np.concatenate(strips)


def _strip_to_rgb(strip: Image.Image, white: object) -> Rgb:
    if isinstance(white, int | float):
        wide = np.asarray(strip, np.float32)
        strip = Image.fromarray((wide / max(1.0, white) * 255).astype(np.uint8))
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        strip = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip)
    return np.array(strip.convert("RGB"), np.uint8)
