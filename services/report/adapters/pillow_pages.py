"""Stored pages by Pillow: measured, made small enough for a report, and cut."""

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from services.report.domain.page.pictures import Pictures
from services.report.domain.page.question_crops import QuestionCrop
from services.report.domain.views.error_book import Crop
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.model import BBox
from shared.contract.reading import PageImage

_JPEG_QUALITY = 74
_CROP_WIDTH_PX = 1240
#: The fastest: photographs hardly get smaller by more, and most of a report's time went there.
_PNG_LEVEL = 1


class PillowPages:
    """The port ``StoredPages``."""

    def measure(
        self, pages: Iterable[PageImage], stored: Mapping[int, bytes]
    ) -> tuple[PageImage, ...]:
        """``pages`` with the size that their stored images have now.

        Reading may turn a page that lies on its side and store it again. Boxes are in pixels of
        that image, not of the one that was measured before. Raises
        PermanentFailure(unreadable_page).
        """
        return tuple(_measure(page, stored[page.number]) for page in pages)

    def cut(
        self,
        stored: Mapping[int, bytes],
        crops: Iterable[Crop],
        questions: Iterable[QuestionCrop] = (),
    ) -> Pictures:
        """Shrink every stored page and cut out ``crops``, one decoded page in memory at a time.

        The parts of a question that stand on several pages are put one below the other. Raises
        PermanentFailure(unreadable_page) when a stored page is no whole image.
        """
        wanted, asked = tuple(crops), tuple(questions)
        width_px = _width_for(len(stored))
        pages: dict[int, bytes] = {}
        pieces: dict[str, bytes] = {}
        parts: dict[int, list[Image.Image]] = {}
        for number, data in stored.items():
            image = _decode(data, number)
            pages[number] = _shrink(image, width_px)
            for crop in wanted:
                if crop.page == number:
                    pieces[crop.name] = _shrink(_cut(image, crop.bbox), _CROP_WIDTH_PX)
            for question in asked:
                for page, box in question.parts:
                    if page == number:
                        parts.setdefault(question.ordinal, []).append(_cut(image, box))
        shown = {ordinal: _stack(found) for ordinal, found in parts.items()}
        return Pictures(pages, pieces, shown)


def _width_for(pages: int) -> int:
    """How wide pages are kept: 150 dpi of A4 for an ordinary paper, less when there are many."""
    if pages <= 8:
        return 1240
    return 1000 if pages <= 20 else 800


def _measure(page: PageImage, data: bytes) -> PageImage:
    with _readable(page.number), Image.open(io.BytesIO(data)) as image:
        return page.model_copy(update={"width_px": image.width, "height_px": image.height})


def _decode(data: bytes, page: int) -> Image.Image:
    with _readable(page), Image.open(io.BytesIO(data)) as image:
        return image.convert("L" if image.mode in {"1", "L"} else "RGB")


@contextmanager
def _readable(page: int) -> Iterator[None]:
    try:
        yield
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise PermanentFailure(FailureCode.UNREADABLE_PAGE, page=page) from error


def _shrink(image: Image.Image, width_px: int) -> bytes:
    if image.width > width_px:
        height_px = max(1, round(image.height * width_px / image.width))
        image = image.resize((width_px, height_px), Image.Resampling.BICUBIC)
    stored = io.BytesIO()
    image.save(stored, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return stored.getvalue()


def _stack(parts: list[Image.Image]) -> bytes:
    width_px = max(part.width for part in parts)
    whole = Image.new("RGB", (width_px, sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    if width_px > _CROP_WIDTH_PX:
        height_px = max(1, round(whole.height * _CROP_WIDTH_PX / width_px))
        whole = whole.resize((_CROP_WIDTH_PX, height_px), Image.Resampling.BICUBIC)
    if all(part.mode == "L" for part in parts):
        whole = whole.convert("L")
    stored = io.BytesIO()
    whole.save(stored, "PNG", compress_level=_PNG_LEVEL)
    return stored.getvalue()


def _cut(image: Image.Image, bbox: BBox) -> Image.Image:
    x, y, width, height = bbox
    left, top = min(int(x), image.width - 1), min(int(y), image.height - 1)
    right = min(max(int(x + width), left + 1), image.width)
    bottom = min(max(int(y + height), top + 1), image.height)
    return image.crop((left, top, right, bottom))
