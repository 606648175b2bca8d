"""What the steps ask of an engine."""

from collections.abc import Sequence
from typing import Protocol

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import PdfPage
from services.ingest.domain.raster import Grey, Rgb


class Images(Protocol):
    """Decodes and encodes pictures."""

    def page_indices(self, data: bytes, limits: Limits) -> Sequence[int]:
        """Which pictures of an upload are pages; as soon as too many are found, no more."""
        ...

    def decode(self, data: bytes, limits: Limits, index: int) -> Rgb:
        """A picture of an upload. Raises PermanentFailure for one that cannot be taken."""
        ...

    def decode_grey(self, data: bytes) -> Grey:
        """A grey PNG of our own."""
        ...

    def encode_png(self, image: Rgb | Grey) -> bytes:
        """``image`` without loss."""
        ...

    def encode_jpeg(self, image: Rgb) -> bytes:
        """``image`` as JPEG of high quality."""
        ...


class Pdfs(Protocol):
    """Opens PDFs."""

    def count_pages(self, data: bytes) -> int:
        """Number of pages. Raises PermanentFailure for a PDF that cannot be opened."""
        ...

    def read_page(self, data: bytes, index: int, limits: Limits) -> PdfPage:
        """The page at ``index``, from 0. Raises PermanentFailure for one that cannot be drawn."""
        ...
