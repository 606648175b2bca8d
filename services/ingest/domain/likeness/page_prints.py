"""Prints of pages: the hash and the corners that the database keeps, and views made from them."""

import struct

import numpy as np

from services.ingest.domain.likeness.page_view import PageView, page_hashes
from services.ingest.domain.raster import Grey
from shared.contract.duplicates import PagePrint

#: Height and width of the view in pixels, number of corners.
_HEADER = struct.Struct("<III")
#: Sixteen levels of ink are enough, and a third of the bytes.
_LEVELS = np.uint8(0xF0)


def print_of(view: PageView, number: int, view_key: str) -> PagePrint:
    """What the database keeps of ``view``; its ink lies under ``view_key``."""
    height, width = view.ink.shape
    header = _HEADER.pack(height, width, len(view.points))
    corners = header + view.points.astype("<f4").tobytes() + view.descriptors.tobytes()
    return PagePrint(number=number, hashes=page_hashes(view), corners=corners, view_key=view_key)


def is_blank(page: PagePrint) -> bool:
    """Whether the page has too little ink to be told from another. Its hash is empty then."""
    return "1" not in page.hashes[0]


def kept_ink(view: PageView) -> Grey:
    """The ink of ``view`` as it is stored."""
    ink: Grey = view.ink & _LEVELS
    return ink


def view_of_print(ink: Grey, corners: bytes) -> PageView:
    """The view whose ``ink`` and ``corners`` were kept."""
    _, _, count = _HEADER.unpack_from(corners)
    points = np.frombuffer(corners, "<f4", 2 * count, _HEADER.size).reshape(-1, 2)
    descriptors = np.frombuffer(corners, np.uint8, 32 * count, _HEADER.size + 8 * count)
    return PageView(ink, points, descriptors.reshape(-1, 32))


def view_of_corners(corners: bytes) -> PageView:
    """A view that has its corners but no ink."""
    height, width, _ = _HEADER.unpack_from(corners)
    # Nobody writes to the ink, so one byte stands for all.
    return view_of_print(np.broadcast_to(np.uint8(0), (height, width)), corners)
