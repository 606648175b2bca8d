"""PDF pages by pdfium: their pictures, and the characters that the PDF itself has."""

import contextlib
import threading
from collections.abc import Iterator
from ctypes import byref, c_int

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import Glyph, PdfPage
from services.ingest.domain.raster import Rgb
from shared.contract.failures import FailureCode, PermanentFailure

#: pdfium keeps global state. Two threads may not use it at once, not even on two documents.
_PDFIUM = threading.Lock()
#: A page with an image of at least this share of its area may be a scan or carry handwriting.
_MAX_IMAGE_SHARE = 0.12
_MAX_GLYPHS = 20_000


class PdfiumPages:
    """The port ``Pdfs``."""

    def count_pages(self, data: bytes) -> int:
        """Number of pages. Raises PermanentFailure BROKEN_PDF or ENCRYPTED_PDF."""
        with _PDFIUM, _opened(data) as document:
            return len(document)

    def read_page(self, data: bytes, index: int, limits: Limits) -> PdfPage:
        """The page at ``index`` (from 0), at the limits' resolution or what its pixels allow.

        A page with large images has no glyphs. Raises PermanentFailure BROKEN_PDF, ENCRYPTED_PDF
        or TOO_MANY_PIXELS.
        """
        with _PDFIUM, _opened(data) as document:
            try:
                page = document[index]
                try:
                    scale = limits.render_scale(*page.get_size())
                    image = _picture(page, scale)
                    has_images = _image_share(page) > _MAX_IMAGE_SHARE
                    glyphs = () if has_images else _glyphs(page, scale)
                finally:
                    page.close()
            except pdfium.PdfiumError as error:
                raise PermanentFailure(FailureCode.BROKEN_PDF, page=index + 1) from error
        return PdfPage(image, glyphs)


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        encrypted = error.err_code in {
            pdfium_raw.FPDF_ERR_PASSWORD,
            pdfium_raw.FPDF_ERR_SECURITY,
        }
        code = FailureCode.ENCRYPTED_PDF if encrypted else FailureCode.BROKEN_PDF
        raise PermanentFailure(code) from error
    try:
        if document.get_formtype() != pdfium_raw.FORMTYPE_NONE:
            # Filled-in form fields are drawn only when the form environment is there.
            document.init_forms()
        yield document
    finally:
        document.close()


def _picture(page: pdfium.PdfPage, scale: float) -> Rgb:
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    try:
        array = np.array(bitmap.to_numpy()[..., :3], np.uint8)
    finally:
        bitmap.close()
    return np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array


def _image_share(page: pdfium.PdfPage) -> float:
    """Share of the page's area that embedded images cover."""
    width, height = page.get_size()
    covered = 0.0
    for item in page.get_objects(filter=[pdfium_raw.FPDF_PAGEOBJ_IMAGE], max_depth=6):
        left, bottom, right, top = item.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return float(covered / (width * height))


def _glyphs(page: pdfium.PdfPage, scale: float) -> tuple[Glyph, ...]:
    """The page's characters in pixels of its picture, in the order of the PDF's text."""
    # The crop box shifts the origin, and /Rotate turns the page: pdfium maps both for us.
    width, height = (round(side * scale) for side in page.get_size())
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count > _MAX_GLYPHS:
            return ()
        glyphs: list[Glyph] = []
        after_space = False
        for index in range(count):
            character = chr(pdfium_raw.FPDFText_GetUnicode(text, index))
            if character.isspace():
                after_space = True
                continue
            box = _glyph_box(page, text, index, (width, height))
            glyphs.append(Glyph(character, *box, after_space=after_space))
            after_space = False
        return tuple(glyphs)
    finally:
        text.close()


def _glyph_box(
    page: pdfium.PdfPage, text: pdfium.PdfTextPage, index: int, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    left, bottom, right, top = text.get_charbox(index, loose=True)
    x0, y0 = _to_pixels(page, size, left, top)
    x1, y1 = _to_pixels(page, size, right, bottom)
    return min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0)


def _to_pixels(
    page: pdfium.PdfPage, size: tuple[int, int], x: float, y: float
) -> tuple[float, float]:
    # pdfium answers whole pixels; asking for a page 16 times as large keeps the fractions.
    column, row = c_int(), c_int()
    pdfium_raw.FPDF_PageToDevice(
        page, 0, 0, size[0] * 16, size[1] * 16, 0, x, y, byref(column), byref(row)
    )
    return column.value / 16, row.value / 16
