"""Pages that a mirror, a negative or a turn spoilt are read as if they had never been."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.raster import Rgb
from services.ingest.domain.sheet.normalisation import normalise
from services.ocr.adapters.label_weights import read_classifier
from services.ocr.steps.page_reading import read_page
from services.parse.domain.paper import read_paper
from shared.contract.reading import PageImage, PictureFault
from tests.integration.reading.test_hard_cases import reader

SAMPLES = Path(__file__).parents[3] / "samples"
MIRRORED, INVERTED = PictureFault.MIRRORED, PictureFault.INVERTED


def read(picture: Rgb) -> tuple[tuple[PictureFault, ...], dict[str, str | None]]:
    """What was undone, and the answers."""
    sheet = normalise(picture, Limits().page_pixels)
    page = PageImage(
        number=1,
        blob_key="1.png",
        width_px=sheet.image.shape[1],
        height_px=sheet.image.shape[0],
        is_inverted=sheet.is_inverted,
    )
    text = read_page(reader(), read_classifier(), page, sheet.image).text
    return text.undone, {
        f"{question.section}.{question.number}": question.answer.text if question.answer else None
        for question in read_paper([text]).questions
    }


@cache
def sample(name: str) -> Rgb:
    (file,) = (SAMPLES / name).glob("paper.*g")
    return PillowImages().decode(file.read_bytes(), Limits())


@cache
def answers(name: str) -> dict[str, str | None]:
    undone, found = read(sample(name))
    assert undone == ()
    return found


@pytest.mark.parametrize(
    ("name", "is_mirrored", "is_inverted", "quarters"),
    [
        ("zh-maths", True, False, 0),
        ("zh-maths", True, True, 2),
        ("en-english", False, True, 0),
        ("en-english", True, False, 1),
    ],
)
def test_a_spoilt_page_reads_like_the_page(
    name: str, *, is_mirrored: bool, is_inverted: bool, quarters: int
) -> None:
    picture = sample(name)
    picture = picture[:, ::-1] if is_mirrored else picture
    picture = 255 - picture if is_inverted else picture
    undone, found = read(np.ascontiguousarray(np.rot90(picture, quarters)))
    assert undone == (INVERTED,) * is_inverted + (MIRRORED,) * is_mirrored
    right = sum(found.get(address) == answer for address, answer in answers(name).items())
    assert right >= 0.95 * len(answers(name))
