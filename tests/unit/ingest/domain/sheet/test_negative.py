"""Light writing on a dark page is told from a light page, whatever lies around that."""

import io

import numpy as np
import pytest
from PIL import Image

from services.ingest.domain.raster import Rgb
from services.ingest.domain.sheet.negative import is_negative
from services.ingest.domain.sheet.normalisation import normalise
from tests.unit.ingest.sheets import photographed, sheet

MANY = 8_000_000


def light() -> Rgb:
    return np.asarray(sheet("ABCDABCD", name="Zhang San"))


def photo() -> Rgb:
    page = sheet("ABCDABCD", name="Zhang San")
    return np.asarray(Image.open(io.BytesIO(photographed(page))).convert("RGB"))


def dark_mode() -> Rgb:
    """Grey on black, as programs show pages at night."""
    return (30 + (255 - light()) * 0.7).astype(np.uint8)


def blackboard() -> Rgb:
    green = np.array([40, 80, 60])
    chalk = (255 - light()) / 255
    return (green + chalk * (225 - green)).astype(np.uint8)


@pytest.mark.parametrize(
    "draw", [lambda: 255 - light(), lambda: 255 - photo(), dark_mode, blackboard]
)
def test_a_dark_page_with_light_writing_is_a_negative(draw: object) -> None:
    assert is_negative(draw())  # type: ignore[operator]


def small_on_a_dark_desk() -> Rgb:
    desk = np.full((2600, 2400, 3), 35, np.uint8)
    page = light()
    desk[600 : 600 + page.shape[0], 700 : 700 + page.shape[1]] = page
    return desk


def white_numbers_on_dark_labels() -> Rgb:
    page = light().copy()
    page[200:760, 90:700] = 255 - page[200:760, 90:700]
    return page


@pytest.mark.parametrize(
    "draw",
    [
        *(light, photo, small_on_a_dark_desk, white_numbers_on_dark_labels),
        lambda: np.zeros((900, 700, 3), np.uint8),
        lambda: np.full((900, 700, 3), 255, np.uint8),
        lambda: np.random.default_rng(1).integers(0, 120, (900, 700, 3), np.uint8),
    ],
)
def test_a_light_page_is_none(draw: object) -> None:
    assert not is_negative(draw())  # type: ignore[operator]


def test_a_negative_becomes_the_page_that_it_was_made_of() -> None:
    page, undone = normalise(light(), MANY), normalise(255 - light(), MANY)
    assert (page.is_inverted, undone.is_inverted) == (False, True)
    assert np.array_equal(page.image, undone.image)
    assert undone.turned_degrees == page.turned_degrees
