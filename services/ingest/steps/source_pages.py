"""The first step: an uploaded file falls into its pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from services.ingest.domain.files.file_kinds import FileKind, kind_of
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import complete_lines
from services.ingest.domain.raster import Rgb
from services.ingest.steps.ports import Images, Pdfs
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.reading import TextLine

#: A page's picture, and its lines of text where a PDF has all of them.
Drawn = tuple[Rgb, tuple[TextLine, ...] | None]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of one file. ``draw`` decodes it, which takes time and memory."""

    is_jpeg: bool
    draw: Callable[[], Drawn]


class SourceFiles:
    """Takes files apart, within ``limits``."""

    def __init__(self, images: Images, pdfs: Pdfs, limits: Limits) -> None:
        self._images, self._pdfs, self._limits = images, pdfs, limits

    def pages(self, data: bytes) -> Iterator[SourcePage]:
        """The pages of one file.

        Raises PermanentFailure when the file is of no kind that is taken, too large or broken.
        """
        self._limits.check_bytes(len(data))
        kind = kind_of(data)
        if kind is None:
            raise PermanentFailure(FailureCode.UNSUPPORTED_MEDIA)
        if kind is not FileKind.PDF:
            return iter([SourcePage(kind is FileKind.JPEG, partial(self._decode, data))])
        count = self._pdfs.count_pages(data)
        self._limits.check_pages(count)
        return iter(
            [
                SourcePage(is_jpeg=False, draw=partial(self._draw_pdf_page, data, index))
                for index in range(count)
            ]
        )

    def _decode(self, data: bytes) -> Drawn:
        return self._images.decode(data, self._limits), None

    def _draw_pdf_page(self, data: bytes, index: int) -> Drawn:
        page = self._pdfs.read_page(data, index, self._limits)
        lines = complete_lines(page.glyphs, page.image)
        self._limits.check_lines(len(lines or ()), index + 1)
        return page.image, lines
