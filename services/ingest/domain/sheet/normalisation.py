"""From any decoded picture of a page to an upright, level, evenly lit page image."""

from dataclasses import dataclass

from services.ingest.domain.raster import Rgb, rotate, shrink, to_grey, turn_quarters
from services.ingest.domain.sheet.illumination import background, even_out, is_uneven
from services.ingest.domain.sheet.negative import is_negative, positive_of
from services.ingest.domain.sheet.orientation import text_direction
from services.ingest.domain.sheet.page_outline import find_outline
from services.ingest.domain.sheet.sheet_flattening import clear_dark_border, flatten_sheet

#: Turning a page by less than this blurs it for nothing; it is below what reading notices.
MIN_SKEW_DEGREES = 0.15


@dataclass(frozen=True, slots=True)
class NormalisedPage:
    """``image`` is RGB; ``turned_degrees`` is the clockwise turn in all.

    ``is_photo`` says that a desk was cut away or light evened out, ``is_inverted`` that light was
    made dark and dark light.
    """

    image: Rgb
    turned_degrees: float
    is_photo: bool
    is_inverted: bool = False


def normalise(image: Rgb, max_pixels: int) -> NormalisedPage:
    """The page in ``image`` (RGB), as large as ``max_pixels`` allows.

    Lines of text come out level, though possibly upside down: telling that needs reading.
    """
    image = shrink(image, max_pixels)
    # First of all: what follows takes paper to be light.
    is_inverted = is_negative(image)
    if is_inverted:
        image = positive_of(image)
    outline = find_outline(image)
    is_photo = outline is not None
    if outline is not None:
        image = flatten_sheet(image, outline)
    paper = background(image)
    if is_uneven(paper):
        image, is_photo = even_out(image, paper), True
    if outline is not None:
        image = clear_dark_border(image)
    direction = text_direction(to_grey(image))
    image = turn_quarters(image, direction.quarters)
    turned = 90.0 * direction.quarters
    if abs(direction.skew_degrees) >= MIN_SKEW_DEGREES:
        image = rotate(image, direction.skew_degrees)
        turned += direction.skew_degrees
    return NormalisedPage(image, turned, is_photo, is_inverted)
