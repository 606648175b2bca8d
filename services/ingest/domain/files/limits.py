"""What one exam may consist of, and the checks that say which limit was passed."""

import math
from dataclasses import dataclass

from shared.contract.failures import FailureCode, PermanentFailure

_POINTS_PER_INCH = 72.0
#: Bytes of a decoded pixel in colour. ``image_pixels`` counts such.
COLOUR_BYTES = 4
#: A strip that is more than this many times longer than wide is no page.
_MAX_SIDE_RATIO = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of an exam. Files, bytes and pages are counts. Pixels are per image."""

    files: int = 40
    file_bytes: int = 50_000_000
    pages: int = 60
    image_pixels: int = 60_000_000
    render_dpi: int = 200
    page_pixels: int = 8_000_000
    #: Of a PDF page's own text. A newspaper's page has 15,000 characters, an exam's page at most
    #: 400 lines, counting the pieces that gaps divide.
    page_characters: int = 20_000
    page_lines: int = 2_000

    def check_files(self, count: int) -> None:
        """Raise PermanentFailure(TOO_MANY_FILES) when there are more files than allowed."""
        if count > self.files:
            raise PermanentFailure(FailureCode.TOO_MANY_FILES)

    def check_bytes(self, size_bytes: int) -> None:
        """Raise PermanentFailure EMPTY_FILE or FILE_TOO_LARGE."""
        if size_bytes == 0:
            raise PermanentFailure(FailureCode.EMPTY_FILE)
        if size_bytes > self.file_bytes:
            raise PermanentFailure(FailureCode.FILE_TOO_LARGE)

    def check_pages(self, count: int) -> None:
        """Raise PermanentFailure(TOO_MANY_PAGES) when all files together have too many pages."""
        if count > self.pages:
            raise PermanentFailure(FailureCode.TOO_MANY_PAGES)

    def check_pixels(
        self, width_px: int, height_px: int, pixel_bytes: float = COLOUR_BYTES
    ) -> None:
        """Raise PermanentFailure TOO_MANY_PIXELS for an image that is too large to decode.

        ``pixel_bytes`` is what its decoder holds per pixel. Raise UNREADABLE_PAGE for one that is
        no page but a strip.
        """
        if width_px * height_px * pixel_bytes > self.image_pixels * COLOUR_BYTES:
            raise PermanentFailure(FailureCode.TOO_MANY_PIXELS)
        if max(width_px, height_px) > _MAX_SIDE_RATIO * min(width_px, height_px):
            raise PermanentFailure(FailureCode.UNREADABLE_PAGE)

    def check_lines(self, count: int, page: int) -> None:
        """Raise PermanentFailure(TOO_MUCH_TEXT) when ``page`` (from 1) has too many lines."""
        if count > self.page_lines:
            raise PermanentFailure(FailureCode.TOO_MUCH_TEXT, page=page)

    def render_scale(self, width_pt: float, height_pt: float) -> float:
        """Pixels per point to render a PDF page with, so that it has at most ``page_pixels``.

        A page's size in points says little: a photo that was saved at 72 dpi is a poster. Raises
        PermanentFailure UNREADABLE_PAGE when the page has no area or is no page but a strip.
        """
        if max(width_pt, height_pt) >= _MAX_SIDE_RATIO * min(width_pt, height_pt):
            raise PermanentFailure(FailureCode.UNREADABLE_PAGE)
        scale = self.render_dpi / _POINTS_PER_INCH
        return min(scale, math.sqrt(self.page_pixels / (width_pt * height_pt)))
