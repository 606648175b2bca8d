"""Every picture that other programs show is decoded, in bounded memory."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps, PngImagePlugin

from services.ingest.adapters.picture_decoding import decode_image
from services.ingest.domain.files.limits import Limits
from shared.contract.failures import FailureCode, PermanentFailure
from tests.unit.ingest.sheets import encoded, sheet

LIMITS = Limits()
#: A page of 20,000 pixels, pictures of 60,000.
SMALL = Limits(image_pixels=60_000, page_pixels=20_000)


def lined(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A white picture whose left half is black."""
    image = Image.new(mode, (width, height), "white")
    ImageDraw.Draw(image).rectangle((0, 0, width // 2 - 1, height), "black")
    return image


def chunk(name: bytes, body: bytes, *, broken: bool = False) -> bytes:
    """A PNG chunk, with its checksum or a wrong one."""
    checksum = zlib.crc32(name + body) ^ broken
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)


def with_chunk(png: bytes, added: bytes) -> bytes:
    """``png`` with one more chunk behind its header."""
    return png[:33] + added + png[33:]


def failure_of(data: bytes, limits: Limits = LIMITS) -> FailureCode:
    with pytest.raises(PermanentFailure) as raised:
        decode_image(data, limits)
    return raised.value.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_exif_says(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(sheet("ABCD"), kind, exif=exif)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    assert np.array_equal(decode_image(data, LIMITS), shown)


@pytest.mark.parametrize(
    ("tag", "kind", "value"), [(0x0100, 1, 1), (0x0128, 4, 0xFFFFFFFF), (0x011A, 2, 1)]
)
def test_exif_of_a_wrong_type_does_not_hinder_the_picture(tag: int, kind: int, value: int) -> None:
    entries = struct.pack("<HHII", 0x0112, 3, 1, 6) + struct.pack("<HHII", tag, kind, 1, value)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + entries + b"\0\0\0\0"
    data = encoded(lined(60, 40), "JPEG", exif=exif)
    assert decode_image(data, LIMITS).shape == (60, 40, 3)


@pytest.mark.parametrize(
    "name", [pytest.param(b"iTXt", id="a megabyte of XMP"), pytest.param(b"iCCP", id="of ICC")]
)
def test_png_metadata_of_more_than_a_megabyte_is_skipped(name: bytes) -> None:
    large = zlib.compress(bytes(2_000_000))
    heads = {b"iTXt": b"XML:com.adobe.xmp\0\1\0\0\0", b"iCCP": b"profile\0\0"}
    data = with_chunk(encoded(lined(60, 40), "PNG"), chunk(name, heads[name] + large))
    assert decode_image(data, LIMITS).shape == (40, 60, 3)


def test_a_wrong_checksum_matters_only_where_the_picture_is() -> None:
    png = encoded(lined(60, 40), "PNG")
    data = with_chunk(png, chunk(b"tEXt", b"Software\0scanner", broken=True))
    assert np.array_equal(decode_image(data, LIMITS), decode_image(png, LIMITS))
    start = png.index(b"IDAT")
    broken = png[: start + 6] + bytes([png[start + 6] ^ 1]) + png[start + 7 :]
    assert failure_of(broken) is FailureCode.BROKEN_IMAGE


def test_transparency_and_orientation_of_a_png_are_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    clear = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    image = decode_image(encoded(clear, "PNG", exif=exif), LIMITS)
    assert image.shape == (60, 40, 3)
    assert image.min() == 255
    keyed = encoded(Image.new("L", (60, 40), 7), "PNG", transparency=7)
    assert decode_image(keyed, LIMITS).min() == 255


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lacking", [1, 2, 40])
def test_a_jpeg_that_lacks_its_last_bytes_shows_what_is_there(
    lacking: int, *, progressive: bool
) -> None:
    page = sheet("ABCDABCD")
    data = encoded(page, "JPEG", quality=90, progressive=progressive)
    image = decode_image(data[:-lacking], LIMITS)
    whole = decode_image(data, LIMITS)
    assert np.mean(np.abs(image.astype(int) - whole) > 48) < 0.01


@pytest.mark.parametrize(("progressive", "share"), [(False, 0.9), (True, 0.1)])
def test_a_jpeg_that_lacks_a_part_of_its_page_is_broken(*, progressive: bool, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), "JPEG", progressive=progressive)
    assert failure_of(data[: int(len(data) * share)]) is FailureCode.BROKEN_IMAGE
    assert failure_of(data[:400]) is FailureCode.BROKEN_IMAGE


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_of_more_pixels_than_a_picture_may_have_is_reduced_while_decoding(
    mode: str,
) -> None:
    image = decode_image(encoded(lined(400, 500, mode), "JPEG"), SMALL)
    assert SMALL.page_pixels <= image.shape[0] * image.shape[1] <= 4 * SMALL.page_pixels
    assert (image[:, : image.shape[1] // 2 - 2].max(), image[:, -1].min()) == (0, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_a_png_without_colour_may_have_four_times_the_pixels(mode: str) -> None:
    source = lined(400, 500, "RGB").convert(mode)
    image = decode_image(encoded(source, "PNG"), SMALL)
    assert image.shape == (166, 133, 3)
    assert (image[:, :60].max(), image[:, 70:].min()) == (0, 255)


def test_what_cannot_be_decoded_in_bounded_memory_is_refused() -> None:
    colour = lined(300, 210)
    assert failure_of(encoded(colour, "PNG"), SMALL) is FailureCode.TOO_MANY_PIXELS
    large = lined(500, 490, "L")
    assert failure_of(encoded(large, "PNG"), SMALL) is FailureCode.TOO_MANY_PIXELS
    assert failure_of(encoded(large, "JPEG"), SMALL) is FailureCode.TOO_MANY_PIXELS
    progressive = encoded(lined(400, 310), "JPEG", progressive=True)
    assert failure_of(progressive, SMALL) is FailureCode.TOO_MANY_PIXELS


def test_sixteen_bits_of_grey_become_eight() -> None:
    wide = np.linspace(0, 60_000, 40 * 60).reshape(40, 60).astype(np.uint16)
    data = encoded(Image.fromarray(wide), "PNG")
    assert np.abs(decode_image(data, LIMITS)[..., 0] - wide / 60_000 * 255).max() <= 1


def test_pillow_knows_no_limit_that_is_not_ours() -> None:
    many = PngImagePlugin.PngInfo()
    many.add_text("Comment", "x" * 1_500_000, zip=True)
    assert decode_image(encoded(lined(60, 40), "PNG", pnginfo=many), LIMITS).shape == (40, 60, 3)
