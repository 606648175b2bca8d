"""Decodes HEIF with libheif, whose wheel only decodes: an encoder of HEVC is another licence."""

import numpy as np
import pi_heif

from services.ingest.adapters.reduction import reduced
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Rgb
from shared.contract.failures import FailureCode, PermanentFailure

#: Bytes per pixel of the planes that libheif decodes into, by chroma format, at 8 bits. Measured
#: with the picture's own 3 bytes: 4.4 for 4:2:0.
_PLANE_BYTES = {420: 1.5, 422: 2.0}
_FULL_PLANES = 3.0
#: What libheif and its binding raise for files that make no sense.
_ERRORS = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, LookupError, TypeError)


def decode_heif(data: bytes, limits: Limits) -> Rgb:
    """The primary picture in ``data``, turned as the file says, on white where transparent.

    libheif turns it itself: what EXIF says besides does not count (ISO/IEC 23008-12, 6.5.10).
    Raises PermanentFailure TOO_MANY_PIXELS, UNREADABLE_PAGE or BROKEN_IMAGE.
    """
    # One thread: how much runs at a time is the worker's to say.
    pi_heif.options.DECODE_THREADS = 1
    try:
        file = pi_heif.open_heif(data)
        picture = file[file.primary_index]
        bands = len(picture.mode)
        planes = _PLANE_BYTES.get(picture.info.get("chroma"), _FULL_PLANES) + (bands % 2 == 0)
        depth = 2 if picture.info["bit_depth"] > 8 else 1
        width, height = picture.size
        limits.check_pixels(width, height, bands + planes * depth)
        pixels = np.asarray(picture)
        if pixels.dtype != np.uint8:
            # Grey of more than 8 bits, which libheif gives as 16.
            pixels = (pixels >> 8).astype(np.uint8)
    except _ERRORS as error:
        raise PermanentFailure(FailureCode.BROKEN_IMAGE) from error
    return reduced(
        (pixels.shape[1], pixels.shape[0]),
        lambda top, bottom: _rgb(pixels[top:bottom], is_premultiplied=picture.premultiplied_alpha),
        limits.page_pixels,
    )


def _rgb(strip: Rgb, *, is_premultiplied: bool) -> Rgb:
    """Three bytes a pixel, of one (grey), two, three or four (with alpha)."""
    strip = strip.reshape(*strip.shape[:2], -1)
    bands = strip.shape[2]
    colour = strip[..., : bands - (bands % 2 == 0)]
    if bands % 2 == 0:
        alpha = strip[..., -1:].astype(np.float32) / 255
        drawn = colour * (1.0 if is_premultiplied else alpha)
        colour = np.minimum(255, drawn + 255 * (1 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(colour, (*colour.shape[:2], 3)))
