"""The same sheet is known again however it was scanned; one letter makes another sheet."""

import io

import numpy as np
import pytest
from PIL import Image

from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.likeness.page_likeness import is_same_sheet, shared_corners
from services.ingest.domain.likeness.page_prints import (
    is_blank,
    kept_ink,
    print_of,
    view_of_corners,
    view_of_print,
)
from services.ingest.domain.likeness.page_view import PageView, page_hashes, view_of
from services.ingest.domain.sheet.normalisation import normalise
from tests.unit.ingest.sheets import encoded, photographed, sheet

ANSWERS = "ABCDACBD"


def view(data: bytes) -> PageView:
    pixels = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
    return view_of(normalise(pixels, 8_000_000).image)


@pytest.fixture(scope="module")
def original() -> PageView:
    return view(encoded(sheet(ANSWERS)))


def turned(page: Image.Image, degrees: float) -> Image.Image:
    return page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")


AGAIN = {
    "re-encoded": lambda page: encoded(page, "JPEG", quality=60),
    "at 80 %": lambda page: encoded(page.resize((800, 1040), Image.Resampling.LANCZOS)),
    "turned by 1.5 degrees": lambda page: encoded(turned(page, 1.5)),
    "on its head": lambda page: encoded(page.rotate(180)),
    "photographed": photographed,
}


@pytest.mark.parametrize("how", AGAIN)
def test_the_same_sheet_is_known_again(how: str, original: PageView) -> None:
    assert is_same_sheet(original, view(AGAIN[how](sheet(ANSWERS))))


@pytest.mark.parametrize("how", AGAIN)
@pytest.mark.parametrize("answers", ["ABCDACBA", "ABCDADBD", "BBCDACBD", "ABCDACB "])
def test_one_letter_makes_another_sheet(how: str, answers: str, original: PageView) -> None:
    assert not is_same_sheet(original, view(AGAIN[how](sheet(answers))))


def test_another_name_makes_another_sheet(original: PageView) -> None:
    assert not is_same_sheet(original, view(encoded(sheet(ANSWERS, name="Lin"))))


def test_pale_pencil_is_compared_like_ink() -> None:
    def pale(page: Image.Image) -> bytes:
        pixels = np.asarray(page).copy()
        is_written = pixels[..., 2] > pixels[..., 0].astype(int) + 40
        pixels[is_written] = 175
        return encoded(Image.fromarray(pixels))

    first, other = view(pale(sheet(ANSWERS))), view(pale(sheet("ABCDACBA")))
    assert is_same_sheet(first, view(pale(sheet(ANSWERS))))
    assert not is_same_sheet(first, other)


def test_blank_pages_agree_with_each_other_only(original: PageView) -> None:
    blank = view(encoded(Image.new("RGB", (800, 1000), "white")))
    assert is_same_sheet(blank, blank)
    assert not is_same_sheet(blank, original)
    assert is_blank(print_of(blank, 1, "k"))


def test_a_view_survives_being_stored(original: PageView) -> None:
    kept = print_of(original, 1, "k")
    images = PillowImages()
    ink = images.decode_grey(images.encode_png(kept_ink(original)))
    again = view_of_print(ink, kept.corners)
    assert np.array_equal(again.points, original.points)
    assert np.array_equal(again.descriptors, original.descriptors)
    assert is_same_sheet(again, original)
    assert shared_corners(view_of_corners(kept.corners), original) > 100


def test_a_turned_page_has_the_hash_that_was_foreseen(original: PageView) -> None:
    for quarters in range(4):
        ink = np.ascontiguousarray(np.rot90(original.ink, -quarters))
        there = PageView(ink, original.points, original.descriptors)
        foreseen = page_hashes(original)[quarters]
        differing = sum(a != b for a, b in zip(page_hashes(there)[0], foreseen, strict=True))
        assert differing <= 8
