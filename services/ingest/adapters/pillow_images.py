"""Pictures by Pillow and libheif: uploads are decoded, page images are encoded."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from services.ingest.adapters.heif_decoding import decode_heif
from services.ingest.adapters.picture_decoding import decode_image, tiff_pages
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Grey, Rgb
from shared.contract.file_kinds import FileKind, kind_of

_PNG_LEVEL = 3
_JPEG_QUALITY = 92


class PillowImages:
    """The port ``Images``."""

    def page_indices(self, data: bytes, limits: Limits) -> Sequence[int]:
        """The pages of a TIFF; of all other kinds the one picture. Raises as ``decode``."""
        if kind_of(data) is FileKind.TIFF:
            return tiff_pages(data, limits)
        return (0,)

    def decode(self, data: bytes, limits: Limits, index: int = 0) -> Rgb:
        """The picture, turned as its EXIF orientation says, on white where it is transparent.

        Raises PermanentFailure TOO_MANY_PIXELS, UNREADABLE_PAGE or BROKEN_IMAGE.
        """
        if kind_of(data) is FileKind.HEIF:
            return decode_heif(data, limits)
        return decode_image(data, limits, index)

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
