"""Decodes pictures with Pillow, as large as a page needs."""

import contextlib
import io
import struct
import warnings
from collections.abc import Iterator

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from services.ingest.adapters.damaged_files import (
    JPEG_MAGIC,
    PNG_MAGIC,
    completed_jpeg,
    without_ancillary_chunks,
)
from services.ingest.adapters.reduction import reduced
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Rgb, turn_quarters
from shared.contract.failures import FailureCode, PermanentFailure

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "AVIF", "BMP", "GIF")
#: Bytes that Pillow holds per pixel of a decoded picture; of all other modes 4. Numbers wider than
#: a byte are copied once more.
_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 4, "I;16B": 4, "I": 8, "F": 8}
#: Bytes per pixel of decoders that keep pictures of their own beside Pillow's: measured 15.8 for
#: WebP (two canvases, a copy) and 9.5 for AVIF (planes, a copy).
_DECODER_BYTES = {"WEBP": 16, "AVIF": 10}
#: What decoders raise for files that make no sense.
_DECODER_ERRORS = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error),
    *(TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError),
)
#: A frame of a TIFF that repeats another in small, or says where it is transparent (TIFF 6.0, tag
#: NewSubfileType).
_NO_PAGE = 0b101
#: Frames for one page. A file may claim millions.
_MAX_FRAMES = 4
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


def decode_image(data: bytes, limits: Limits, index: int = 0) -> Rgb:
    """The picture ``index`` (from 0) in ``data``, turned as EXIF says, on white where transparent.

    A picture of several times a page's pixels is reduced while it is decoded. Raises
    PermanentFailure TOO_MANY_PIXELS, UNREADABLE_PAGE or BROKEN_IMAGE.
    """
    # Pillow keeps these switches per process; our own limits say what memory a picture may take.
    ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = False, None
    if data.startswith(PNG_MAGIC):
        return _decode(without_ancillary_chunks(data), limits)
    try:
        return _decode(data, limits, index)
    except PermanentFailure as failure:
        if failure.code is not FailureCode.BROKEN_IMAGE or not data.startswith(JPEG_MAGIC):
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


def tiff_pages(data: bytes, limits: Limits) -> list[int]:
    """The indices of a TIFF's frames that are pages.

    Raises PermanentFailure BROKEN_IMAGE or TOO_MANY_PAGES.
    """
    pages: list[int] = []
    with _opened(data) as picture:
        for index in range(_MAX_FRAMES * limits.pages):
            try:
                picture.seek(index)
            except EOFError:
                return pages or [0]
            if not _is_no_page(picture):
                pages.append(index)
                limits.check_pages(len(pages))
    raise PermanentFailure(FailureCode.TOO_MANY_PAGES)


def _is_no_page(picture: Image.Image) -> bool:
    kind = picture.tag_v2.get(254, 0) if isinstance(picture, TiffImageFile) else 0
    return bool(int(kind) & _NO_PAGE)


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Raises PermanentFailure BROKEN_IMAGE, also for what is raised inside."""
    try:
        # Pillow warns of metadata that it skips; they do not matter to the picture.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=_FORMATS) as picture,
        ):
            yield picture
    except _DECODER_ERRORS as error:
        raise PermanentFailure(FailureCode.BROKEN_IMAGE) from error


def _decode(data: bytes, limits: Limits, index: int = 0) -> Rgb:
    with _opened(data) as picture:
        picture.seek(index)
        pixels = picture.width * picture.height
        limits.check_pixels(picture.width, picture.height, _bytes_per_pixel(picture))
        share = min(1.0, (limits.page_pixels / pixels) ** 0.5)
        if isinstance(picture, JpegImageFile):
            # The decoder itself reduces to 1/2, 1/4 or 1/8, but not below what is asked for.
            picture.draft(None, (int(picture.width * share), int(picture.height * share)))
        picture.load()
        image = _to_rgb(picture, limits.page_pixels)
        mirrored, quarters = _ORIENTATIONS.get(_orientation(picture), (False, 0))
    return turn_quarters(image[:, ::-1] if mirrored else image, quarters)


def _bytes_per_pixel(picture: Image.Image) -> float:
    """How many bytes decoding ``picture`` holds per pixel of the file."""
    if picture.format in _DECODER_BYTES:
        return _DECODER_BYTES[picture.format]
    if isinstance(picture, JpegImageFile):
        # Pixels are reduced, but a progressive JPEG keeps the coefficients of all.
        return 2 if picture.info.get("progressive") else 1
    held = _PIXEL_BYTES.get(picture.mode, 4)
    if isinstance(picture, TiffImageFile):
        # Beside it one strip is decoded, which may be the whole page.
        rows = min(int(picture.tag_v2.get(278, picture.height)), picture.height)
        return held + 4 * rows / picture.height if held > 1 else held + rows / picture.height
    return held


def _orientation(picture: Image.Image) -> object:
    """The EXIF orientation; None when there is none or the EXIF block makes no sense."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return None


def _to_rgb(picture: Image.Image, page_pixels: int) -> Rgb:
    """``picture`` as an array, by a whole factor smaller but no smaller than ``page_pixels``."""
    # Pillow would clip more than 8 bits of grey at 255 instead of scaling.
    wide = np.asarray(picture) if picture.mode[0] in "IF" else None

    def strip(top: int, bottom: int) -> Rgb:
        if wide is None:
            return _strip_to_rgb(picture.crop((0, top, picture.width, bottom)))
        grey = wide[top:bottom].astype(np.float32) * (255 / max(1.0, float(wide.max())))
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)

    return reduced(picture.size, strip, page_pixels)


def _strip_to_rgb(strip: Image.Image) -> Rgb:
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        strip = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip)
    return np.array(strip.convert("RGB"), np.uint8)
