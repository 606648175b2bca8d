"""The first step: an uploaded file falls into its pages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import complete_lines
from services.ingest.domain.raster import Rgb
from services.ingest.steps.ports import Images, Pdfs
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.file_kinds import LOSSY_KINDS, FileKind, is_office_document, kind_of
from shared.contract.reading import TextLine

#: A page's picture, and its lines of text where a PDF has all of them.
Drawn = tuple[Rgb, tuple[TextLine, ...] | None]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of one file. ``draw`` decodes it, which takes time and memory.

    ``is_lossy`` says that the file has lost detail already.
    """

    is_lossy: bool
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
            is_office = is_office_document(data)
            raise PermanentFailure(
                FailureCode.OFFICE_DOCUMENT if is_office else FailureCode.UNSUPPORTED_MEDIA
            )
        indices: Sequence[int]
        if kind is FileKind.PDF:
            indices, draw = range(self._pdfs.count_pages(data)), self._draw_pdf_page
        else:
            indices, draw = self._images.page_indices(data, self._limits), self._decode
        self._limits.check_pages(len(indices))
        return iter([SourcePage(kind in LOSSY_KINDS, partial(draw, data, i)) for i in indices])

    def _decode(self, data: bytes, index: int) -> Drawn:
        return self._images.decode(data, self._limits, index), None

    def _draw_pdf_page(self, data: bytes, index: int) -> Drawn:
        page = self._pdfs.read_page(data, index, self._limits)
        lines = complete_lines(page.glyphs, page.image)
        self._limits.check_lines(len(lines or ()), index + 1)
        return page.image, lines
