"""Settings of an ingest worker."""

from pydantic import Field

from services.ingest.domain.files.limits import Limits
from shared.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """What one exam may consist of, and how its pages are drawn."""

    max_files: int = Field(default=40, ge=1, le=1000)
    max_file_bytes: int = Field(default=50_000_000, ge=1)
    max_pages: int = Field(default=60, ge=1, le=1000)
    #: Pixels of one uploaded image, decoded, or of one rendered PDF page.
    max_image_pixels: int = Field(default=60_000_000, ge=1_000_000)
    #: Resolution at which PDF pages are rendered.
    render_dpi: int = Field(default=200, ge=72, le=400)
    #: A normalised page is scaled down to this many pixels: A4 at 290 dpi, A3 at 200.
    max_page_pixels: int = Field(default=8_000_000, ge=1_000_000)

    @property
    def limits(self) -> Limits:
        """The limits as the value that the stage takes."""
        return Limits(
            files=self.max_files,
            file_bytes=self.max_file_bytes,
            pages=self.max_pages,
            image_pixels=self.max_image_pixels,
            render_dpi=self.render_dpi,
            page_pixels=self.max_page_pixels,
        )
