"""Pictures by Pillow: PNG and JPEG uploads are decoded, page images are encoded."""

import io
import warnings

import numpy as np
from PIL import Image, ImageFile, ImageOps

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Grey, Rgb
from shared.contract.failures import FailureCode, PermanentFailure

_FORMATS = ("PNG", "JPEG")
_PNG_LEVEL = 3
_JPEG_QUALITY = 92


class PillowImages:
    """The port ``Images``."""

    def decode(self, data: bytes, limits: Limits) -> Rgb:
        """The picture, turned as its EXIF orientation says, on white where it is transparent.

        Raises PermanentFailure UNSUPPORTED_MEDIA, TOO_MANY_PIXELS or BROKEN_IMAGE. A file that
        ends too early is broken.
        """
        # Pillow keeps this switch per process. A decoder elsewhere may have turned it on.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        with warnings.catch_warnings():
            # Pillow only warns about images of suspicious size. For an upload that is an error.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            try:
                with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                    limits.check_pixels(picture.width, picture.height)
                    picture.load()
                    return _to_rgb(ImageOps.exif_transpose(picture))
            except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
                raise PermanentFailure(FailureCode.TOO_MANY_PIXELS) from error
            except (OSError, SyntaxError, ValueError, EOFError) as error:
                raise PermanentFailure(FailureCode.BROKEN_IMAGE) from error

    def decode_grey(self, data: bytes) -> Grey:
        """A grey PNG that ``encode_png`` made."""
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            return np.array(picture, np.uint8)

    def encode_png(self, image: Rgb | Grey) -> bytes:
        """``image`` as PNG: scans and drawn pages stay exact."""
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG", compress_level=_PNG_LEVEL)
        return buffer.getvalue()

    def encode_jpeg(self, image: Rgb) -> bytes:
        """``image`` as JPEG of high quality, colours at full resolution: thin red ink stays red."""
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
        return buffer.getvalue()


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
