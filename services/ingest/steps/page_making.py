"""The second step: a source page becomes an upright, level page image and its print."""

from dataclasses import dataclass

from services.ingest.domain.files.limits import Limits
from services.ingest.domain.likeness.page_prints import kept_ink, print_of
from services.ingest.domain.likeness.page_view import view_of
from services.ingest.domain.sheet.normalisation import normalise
from services.ingest.steps.ports import Images
from services.ingest.steps.source_pages import SourcePage
from shared.contract.duplicates import PagePrint
from shared.contract.reading import PageImage


@dataclass(frozen=True, slots=True)
class MadePage:
    """A page, not yet stored. ``data`` belongs under its blob key, ``ink`` under its view key."""

    image: PageImage
    data: bytes
    print: PagePrint
    ink: bytes


class PageMaking:
    """Draws, normalises and encodes pages."""

    def __init__(self, images: Images, limits: Limits) -> None:
        self._images, self._limits = images, limits

    def make(self, source: SourcePage, prefix: str, number: int) -> MadePage:
        """Page ``number`` of an exam whose pages lie under ``prefix``."""
        image, lines = source.draw()
        turned, is_photo, is_inverted = 0.0, False, False
        if lines is None:
            page = normalise(image, self._limits.page_pixels)
            image, turned, is_photo = page.image, page.turned_degrees, page.is_photo
            is_inverted = page.is_inverted
        as_jpeg = is_photo or source.is_lossy
        height, width = image.shape[:2]
        view = view_of(image)
        return MadePage(
            image=PageImage(
                number=number,
                blob_key=f"{prefix}/{number}.{'jpg' if as_jpeg else 'png'}",
                width_px=width,
                height_px=height,
                turned_degrees=turned,
                is_inverted=is_inverted,
                printed_lines=lines,
            ),
            data=self._images.encode_jpeg(image) if as_jpeg else self._images.encode_png(image),
            print=print_of(view, number, f"{prefix}/{number}.view.png"),
            ink=self._images.encode_png(kept_ink(view)),
        )
