"""However large a file's pictures, making its pages takes bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.unit.ingest.sheets import encoded, sheet

#: What decoding may hold by default (EXAMLENS_MAX_IMAGE_PIXELS of four bytes), and what making a
#: page of 8 megapixels takes: measured 90 MB.
MOST_BYTES = 240_000_000 + 110_000_000
FIXTURES = Path(__file__).parents[2] / "fixtures/pictures"


def jpeg_of_108_megapixels() -> bytes:
    return encoded(sheet("ABCD").resize((9000, 12000)), "JPEG", quality=70)


def heic_of_48_megapixels() -> bytes:
    return (FIXTURES / "48-megapixels.heic").read_bytes()


def tiff_of_100_pages() -> bytes:
    page = sheet("ABCD").convert("L").resize((1654, 2339)).convert("1")
    return encoded(page, "TIFF", save_all=True, append_images=[page] * 99, compression="group4")


def webp_of_12_megapixels() -> bytes:
    return encoded(sheet("ABCD").resize((3024, 4032)), "WEBP", method=0)


def avif_of_20_megapixels() -> bytes:
    return encoded(Image.new("RGB", (4000, 5000), "white"), "AVIF", speed=10)


@pytest.mark.parametrize(
    ("make", "pages"),
    [
        (jpeg_of_108_megapixels, 1),
        (heic_of_48_megapixels, 1),
        (tiff_of_100_pages, 100),
        (webp_of_12_megapixels, 1),
        (avif_of_20_megapixels, 1),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_making_the_pages_of_a_large_file_takes_bounded_memory(
    make: object, pages: int, tmp_path: Path
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(make())  # type: ignore[operator]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.unit.ingest.page_memory", str(path), "100"],
        capture_output=True,
        text=True,
        check=True,
    )
    made, taken = map(int, ended.stdout.split())
    assert made == pages
    assert taken < MOST_BYTES
