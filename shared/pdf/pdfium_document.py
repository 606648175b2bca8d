"""PDF documents by pdfium, which this module alone may use: pdfium has one lock for a process."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from ctypes import byref, c_int
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.text_gate import character, storable

#: pdfium keeps global state. Two threads may not use it at once, not even on two documents
#: (https://pdfium.googlesource.com/pdfium/+/main/docs/getting-started.md). The embedded server has
#: the threads of all services in one process.
_PDFIUM = threading.Lock()


@dataclass(frozen=True, slots=True)
class PdfCharacter:
    """One character that is no space and its box in pixels, origin top left.

    ``box`` is x, y, width, height. ``after_space`` says that the PDF has, or pdfium infers, a space
    before it.
    """

    text: str
    box: tuple[float, float, float, float]
    after_space: bool


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page's picture (height × width × 3 bytes, red green blue), its text in the PDF's order."""

    image: npt.NDArray[np.uint8]
    characters: tuple[PdfCharacter, ...]


class PdfiumDocument:
    """An open PDF. Every call holds pdfium's lock for its own time and lets others in between.

    Made by ``open_pdf``. Its methods raise PermanentFailure BROKEN_PDF.
    """

    def __init__(self, document: pdfium.PdfDocument, page_count: int) -> None:
        self._document = document
        self.page_count = page_count

    def page_text(self, index: int) -> str:
        """The text of the page at ``index`` (from 0)."""
        with self._page(index) as page:
            words = page.get_textpage()
            try:
                return storable(words.get_text_bounded(errors="surrogatepass"))
            finally:
                words.close()

    def draw_page(
        self,
        index: int,
        scale_of: Callable[[float, float], float],
        *,
        most_image_share: float,
        most_characters: int,
    ) -> DrawnPage:
        """The page at ``index`` (from 0).

        ``scale_of`` answers the pixels per point for a page's width and height in points. No
        characters are read where embedded images cover more than ``most_image_share`` of the page.
        Raises PermanentFailure TOO_MUCH_TEXT for more than ``most_characters``, spaces included.
        """
        with self._page(index) as page:
            scale = scale_of(*page.get_size())
            image = _picture(page, scale)
            if _image_share(page) > most_image_share:
                return DrawnPage(image, ())
            characters = _characters(page, scale, most_characters)
            if characters is None:
                raise PermanentFailure(FailureCode.TOO_MUCH_TEXT, page=index + 1)
            return DrawnPage(image, characters)

    @contextlib.contextmanager
    def _page(self, index: int) -> Iterator[pdfium.PdfPage]:
        with _PDFIUM:
            try:
                page = self._document[index]
                try:
                    yield page
                finally:
                    page.close()
            except pdfium.PdfiumError as error:
                raise PermanentFailure(FailureCode.BROKEN_PDF, page=index + 1) from error


@contextlib.contextmanager
def open_pdf(data: bytes) -> Iterator[PdfiumDocument]:
    """The PDF ``data``, closed at the end. Raises PermanentFailure BROKEN_PDF or ENCRYPTED_PDF."""
    with _PDFIUM:
        document = _opened(data)
    try:
        with _PDFIUM:
            if document.get_formtype() != pdfium_raw.FORMTYPE_NONE:
                # Filled-in form fields are drawn only when the form environment is there.
                document.init_forms()
            page_count = len(document)
        yield PdfiumDocument(document, page_count)
    finally:
        # It closes what was opened of it, too: nothing is left to a garbage collection that would
        # call pdfium without its lock.
        with _PDFIUM:
            document.close()


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        encrypted = error.err_code in {
            pdfium_raw.FPDF_ERR_PASSWORD,
            pdfium_raw.FPDF_ERR_SECURITY,
        }
        code = FailureCode.ENCRYPTED_PDF if encrypted else FailureCode.BROKEN_PDF
        raise PermanentFailure(code) from error


def _picture(page: pdfium.PdfPage, scale: float) -> npt.NDArray[Any]:
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


def _characters(
    page: pdfium.PdfPage, scale: float, most_characters: int
) -> tuple[PdfCharacter, ...] | None:
    """The page's characters in pixels of its picture, in the PDF's order; None for too many."""
    # The crop box shifts the origin, and /Rotate turns the page: pdfium maps both for us.
    width, height = (round(side * scale) for side in page.get_size())
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count > most_characters:
            return None
        characters: list[PdfCharacter] = []
        after_space = False
        for index in range(count):
            # A font's own map may say anything, also what is no code point of Unicode.
            char = character(int(pdfium_raw.FPDFText_GetUnicode(text, index)))
            if char.isspace():
                after_space = True
                continue
            box = _box(page, text, index, (width, height))
            characters.append(PdfCharacter(char, box, after_space))
            after_space = False
        return tuple(characters)
    finally:
        text.close()


def _box(
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
