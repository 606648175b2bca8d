"""What one exam may consist of, and the checks that say which limit was passed."""

from dataclasses import dataclass

from shared.contract.failures import FailureCode, PermanentFailure

#: Below this resolution print cannot be read. A page that fits only below it is refused.
_MIN_DPI = 72.0
_POINTS_PER_INCH = 72.0
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

    def check_pixels(self, width_px: int, height_px: int) -> None:
        """Raise PermanentFailure TOO_MANY_PIXELS for an image that is too large to decode.

        Raise UNREADABLE_PAGE for one that is no page but a strip.
        """
        if width_px * height_px > self.image_pixels:
            raise PermanentFailure(FailureCode.TOO_MANY_PIXELS)
        if max(width_px, height_px) > _MAX_SIDE_RATIO * min(width_px, height_px):
            raise PermanentFailure(FailureCode.UNREADABLE_PAGE)

    def render_scale(self, width_pt: float, height_pt: float) -> float:
        """Pixels per point to render a PDF page with, so that it has at most ``page_pixels``.

        Raises PermanentFailure TOO_MANY_PIXELS when that would be under 72 dpi, or when the page
        has no area, and UNREADABLE_PAGE when it is no page but a strip.
        """
        scale = self.render_dpi / _POINTS_PER_INCH
        area_px = width_pt * height_pt * scale * scale
        if area_px > self.page_pixels:
            scale *= (self.page_pixels / area_px) ** 0.5
        if width_pt <= 0 or height_pt <= 0 or scale * _POINTS_PER_INCH < _MIN_DPI:
            raise PermanentFailure(FailureCode.TOO_MANY_PIXELS)
        if max(width_pt, height_pt) > _MAX_SIDE_RATIO * min(width_pt, height_pt):
            raise PermanentFailure(FailureCode.UNREADABLE_PAGE)
        return scale
