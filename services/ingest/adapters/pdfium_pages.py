"""PDF pages by pdfium: their pictures, and the characters that the PDF itself has."""

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import Glyph, PdfPage
from shared.pdf.pdfium_document import open_pdf

#: A page with an image of at least this share of its area may be a scan or carry handwriting.
_MAX_IMAGE_SHARE = 0.12


class PdfiumPages:
    """The port ``Pdfs``."""

    def count_pages(self, data: bytes) -> int:
        """Number of pages. Raises PermanentFailure BROKEN_PDF or ENCRYPTED_PDF."""
        with open_pdf(data) as document:
            return document.page_count

    def read_page(self, data: bytes, index: int, limits: Limits) -> PdfPage:
        """The page at ``index`` (from 0), at the limits' resolution or what its pixels allow.

        A page with large images has no glyphs. Raises PermanentFailure BROKEN_PDF, ENCRYPTED_PDF,
        TOO_MANY_PIXELS or TOO_MUCH_TEXT.
        """
        with open_pdf(data) as document:
            page = document.draw_page(
                index,
                limits.render_scale,
                most_image_share=_MAX_IMAGE_SHARE,
                most_characters=limits.page_characters,
            )
        return PdfPage(
            page.image,
            tuple(
                Glyph(char.text, *char.box, after_space=char.after_space)
                for char in page.characters
            ),
        )
