"""Decodes PNG and JPEG uploads with Pillow, and encodes page images."""

import io
import warnings

import numpy as np
from PIL import Image, ImageFile, ImageOps

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Rgb
from shared.contract.failures import FailureCode, PermanentFailure

FORMATS = ("PNG", "JPEG")
PNG_LEVEL = 3
JPEG_QUALITY = 92


def decode_image(data: bytes, limits: Limits) -> Rgb:
    """The picture in ``data``, turned as its EXIF orientation says, on white where transparent.

    Raises PermanentFailure UNSUPPORTED_MEDIA, TOO_MANY_PIXELS or BROKEN_IMAGE; a file that ends
    too early is broken.
    """
    # Pillow keeps this switch per process; a decoder elsewhere may have turned it on.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings():
        # Pillow only warns about images of suspicious size; for an upload that is an error.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                limits.check_pixels(picture.width, picture.height)
                picture.load()
                return _to_rgb(ImageOps.exif_transpose(picture))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PermanentFailure(FailureCode.TOO_MANY_PIXELS) from error
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise PermanentFailure(FailureCode.BROKEN_IMAGE) from error


def _to_rgb(picture: Image.Image) -> Rgb:
    if picture.mode.startswith("I"):
        # 16-bit grey: Pillow would clip at 255 instead of scaling.
        wide = np.asarray(picture, np.float64)
        picture = Image.fromarray((wide / max(1.0, wide.max()) * 255).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return np.array(picture.convert("RGB"), np.uint8)


def encode_png(image: Rgb) -> bytes:
    """``image`` as PNG: scans and drawn pages stay exact."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()


def encode_jpeg(image: Rgb) -> bytes:
    """``image`` as JPEG of high quality, colours at full resolution: thin red ink stays red."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
