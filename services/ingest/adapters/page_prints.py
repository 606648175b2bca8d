"""Views of pages as bytes: the ink as PNG in the blob store, the corners in the database."""

import io
import struct

import numpy as np
from PIL import Image

from services.ingest.domain.likeness.page_view import PageView, page_hashes
from services.ingest.domain.raster import Grey
from shared.contract.duplicates import PagePrint

_HEADER = struct.Struct("<III")
#: Sixteen levels of ink are enough, and a third of the bytes.
_LEVELS = np.uint8(0xF0)


def print_of(view: PageView, number: int, view_key: str) -> PagePrint:
    """What the database keeps of ``view``."""
    height, width = view.ink.shape
    header = _HEADER.pack(height, width, len(view.points))
    corners = header + view.points.astype("<f4").tobytes() + view.descriptors.tobytes()
    return PagePrint(number=number, hashes=page_hashes(view), corners=corners, view_key=view_key)


def is_blank(page: PagePrint) -> bool:
    """Whether the page has too little ink to be told from another; its hash is empty then."""
    return "1" not in page.hashes[0]


def encode_view(view: PageView) -> bytes:
    """The ink of ``view`` as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(view.ink & _LEVELS).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def decode_view(data: bytes, corners: bytes) -> PageView:
    """The view whose ink and corners were kept."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        ink = np.array(picture, np.uint8)
    return _with_corners(ink, corners)


def decode_corners(corners: bytes) -> PageView:
    """A view that has its corners but no ink."""
    height, width, _ = _HEADER.unpack_from(corners)
    # Nobody writes to it, so one byte stands for all.
    return _with_corners(np.broadcast_to(np.uint8(0), (height, width)), corners)


def _with_corners(ink: Grey, corners: bytes) -> PageView:
    _, _, count = _HEADER.unpack_from(corners)
    points = np.frombuffer(corners, "<f4", 2 * count, _HEADER.size).reshape(-1, 2)
    descriptors = np.frombuffer(corners, np.uint8, 32 * count, _HEADER.size + 8 * count)
    return PageView(ink, points, descriptors.reshape(-1, 32))
