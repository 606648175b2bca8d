"""Telephones, scanners and programs save pictures in many formats: all become the same page."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Rgb
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.file_kinds import FileKind, kind_of
from tests.unit.ingest.sheets import encoded, sheet

PICTURES = Path(__file__).parents[3] / "fixtures/pictures"
LIMITS = Limits()
SHEET = sheet("ABCD")
#: Mean difference of levels that lossy formats may make.
CLOSE = 4.0


def pages(data: bytes, limits: Limits = LIMITS) -> list[Rgb]:
    images = PillowImages()
    return [images.decode(data, limits, index) for index in images.page_indices(data, limits)]


def failure_of(data: bytes, limits: Limits = LIMITS) -> FailureCode:
    with pytest.raises(PermanentFailure) as raised:
        pages(data, limits)
    return raised.value.code


def difference(image: Rgb, page: Image.Image) -> float:
    return float(np.abs(image.astype(int) - np.asarray(page.convert("RGB"))).mean())


def fixture(name: str) -> bytes:
    return (PICTURES / name).read_bytes()


def tiff(*frames: Image.Image, **options: object) -> bytes:
    return encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(fixture("sheet.heic"), FileKind.HEIF, id="HEIC"),
        pytest.param(fixture("sheet-turned.heic"), FileKind.HEIF, id="HEIC turned, with EXIF"),
        pytest.param(fixture("sheet-on-nothing.heic"), FileKind.HEIF, id="HEIC with alpha"),
        pytest.param(encoded(SHEET, "AVIF", speed=9), FileKind.AVIF, id="AVIF"),
        pytest.param(encoded(SHEET, "WEBP"), FileKind.WEBP, id="WebP"),
        pytest.param(encoded(SHEET, "WEBP", lossless=True), FileKind.WEBP, id="WebP lossless"),
        pytest.param(encoded(SHEET, "BMP"), FileKind.BMP, id="BMP"),
        pytest.param(encoded(SHEET.convert("1"), "BMP"), FileKind.BMP, id="BMP of 1 bit"),
        pytest.param(encoded(SHEET, "GIF"), FileKind.GIF, id="GIF"),
        pytest.param(tiff(SHEET), FileKind.TIFF, id="TIFF"),
        pytest.param(tiff(SHEET, big_tiff=True), FileKind.TIFF, id="BigTIFF"),
        pytest.param(tiff(SHEET, compression="tiff_lzw"), FileKind.TIFF, id="TIFF LZW"),
        pytest.param(tiff(SHEET, compression="jpeg"), FileKind.TIFF, id="TIFF JPEG"),
        pytest.param(tiff(SHEET.convert("CMYK")), FileKind.TIFF, id="TIFF CMYK"),
        pytest.param(
            tiff(SHEET.convert("1"), compression="group4"), FileKind.TIFF, id="TIFF of 1 bit"
        ),
        pytest.param(
            tiff(SHEET.convert("1"), tiffinfo={262: 0}), FileKind.TIFF, id="TIFF, white is 0"
        ),
    ],
)
def test_a_picture_is_the_same_page_in_every_format(data: bytes, kind: FileKind) -> None:
    assert kind_of(data[:1024]) is kind
    (image,) = pages(data)
    assert difference(image, SHEET) < CLOSE


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_of_grey_in_either_order_become_eight(order: str) -> None:
    grey = np.asarray(SHEET.convert("L")).astype(f"{order}u2") * 257
    mode = "I;16" if order == "<" else "I;16B"
    wide = Image.frombytes(mode, SHEET.size, grey.tobytes())
    (image,) = pages(encoded(wide, "TIFF"))
    assert difference(image, SHEET.convert("L")) < 1


def test_every_page_of_a_tiff_is_a_page_and_its_thumbnails_are_none() -> None:
    others = [sheet(letters) for letters in ("BCDA", "CDAB")]
    thumbnail = SHEET.resize((100, 130))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    data = tiff(SHEET, thumbnail, *others)
    found = pages(data)
    assert [difference(a, b) for a, b in zip(found, [SHEET, *others], strict=True)] == [0, 0, 0]


def test_a_tiff_of_more_pages_than_an_exam_may_have_is_refused() -> None:
    frame = Image.new("1", (40, 60))
    data = tiff(*[frame] * 5)
    assert len(pages(data, Limits(pages=5))) == 5
    assert failure_of(data, Limits(pages=4)) is FailureCode.TOO_MANY_PAGES


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_of_every_format_is_turned_as_its_exif_says(kind: str, orientation: int) -> None:
    turns = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
    lying = SHEET.transpose(turns.get(orientation, Image.Transpose.ROTATE_270))
    exif = Image.Exif()
    exif[0x0112] = orientation
    (image,) = pages(encoded(lying, kind, exif=exif))
    assert difference(image, SHEET) < CLOSE


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF"])
def test_of_a_picture_that_moves_the_first_counts(kind: str) -> None:
    other = Image.new("RGB", SHEET.size, "white")
    data = encoded(SHEET, kind, save_all=True, append_images=[other], duration=100)
    (image,) = pages(data)
    assert difference(image, SHEET) < CLOSE


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "AVIF"])
def test_what_is_transparent_is_white(kind: str) -> None:
    ink = SHEET.convert("L").point(lambda level: 255 if level < 200 else 0)
    written = SHEET.convert("RGBA")
    written.putalpha(ink)
    (image,) = pages(encoded(written, kind))
    assert image[0, 0].tolist() == [255, 255, 255]
    assert difference(image, SHEET) < CLOSE


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "AVIF", "BMP", "GIF", "HEIF"])
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_a_file_that_was_cut_off_is_broken(kind: str, share: float) -> None:
    whole = fixture("sheet.heic") if kind == "HEIF" else encoded(SHEET, kind)
    assert failure_of(whole[: int(len(whole) * share)]) is FailureCode.BROKEN_IMAGE


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "AVIF", "BMP", "GIF", "HEIF"])
def test_what_no_memory_would_hold_is_refused_before_it_is_decoded(kind: str) -> None:
    data = fixture("sheet.heic") if kind == "HEIF" else encoded(SHEET, kind)
    small = Limits(image_pixels=200_000)
    assert failure_of(data, small) is FailureCode.TOO_MANY_PIXELS


def test_a_picture_in_the_colours_of_a_printing_press_is_read() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(SHEET.convert("CMYK"), "JPEG", quality=95, icc_profile=profile)
    (image,) = pages(data)
    assert difference(image, SHEET) < CLOSE
