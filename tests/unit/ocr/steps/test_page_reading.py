"""A page is turned upright by reading it, its cells are read one by one, PDF text is kept."""

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import cv2
import numpy as np
import pytest

from services.ocr.adapters.images import decode, encode
from services.ocr.adapters.label_weights import read_classifier
from services.ocr.domain.ink.raster import mirrored, turn_quarters
from services.ocr.domain.text.ctc import ReadChar, Reading
from services.ocr.stage import OcrInput, OcrStage
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.reading import PageImage, PageText, PictureFault, TextChar, TextLine
from tests.unit.ocr.drawn_pages import answer_table, grid, paper, write

#: Left end of every line that FakeReader can read: a black square, then a bar.
KEY = 12


class FakeReader:
    """Finds dark bars; reads one surely when its left end is a square block, else as nonsense.

    A crop without a bar is a cell's: its answer is its share of ink in per cent.
    """

    simplified_forms: Mapping[int, str] = MappingProxyType({})

    name = "fake-1"

    def find(self, image: np.ndarray) -> list[np.ndarray]:
        dark = (image[..., 0] < 100).astype(np.uint8)
        joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
        return [
            np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)
            for x, y, w, h, _ in stats[1:].tolist()
            if 100 < max(w, h) < 700 and min(w, h) < 40
        ]

    def recognise(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        return [self._read(crop) for crop in crops]

    def word(self, looks: Sequence[Reading], *, is_chinese: bool) -> None:
        """Has no lexicon."""

    def _read(self, crop: np.ndarray) -> Reading:
        dark = crop[..., 0] < 128
        if crop.shape[1] < 2.5 * crop.shape[0]:
            return Reading(str(round(100 * dark.mean())), 0.99)
        left, right = dark[:, :KEY].mean(), dark[:, -KEY:].mean()
        text = "UPRIGHT LINE"
        chars = tuple(
            ReadChar(c, 0.99, i / len(text), (i + 1) / len(text)) for i, c in enumerate(text)
        )
        return Reading(text, 0.99, chars) if left > 1.3 * right else Reading("noise", 0.4)


class MemoryBlobs:
    """A blob store in a dictionary."""

    def __init__(self, data: dict[str, bytes]) -> None:
        self.data = data

    async def read(self, key: str) -> bytes:
        return self.data[key]

    async def write(self, key: str, data: bytes) -> None:
        self.data[key] = data

    async def delete_prefix(self, prefix: str) -> None:
        raise NotImplementedError(prefix)


def line_page() -> np.ndarray:
    """Bars whose left end is thick: lines of text with a recognisable beginning."""
    image = paper(800, 1000)
    for row in range(10):
        y = 80 + 80 * row
        cv2.rectangle(image, (100, y + 9), (600, y + 15), (0, 0, 0), -1)
        cv2.rectangle(image, (100, y), (124, y + 24), (0, 0, 0), -1)
    return image


async def read(image: np.ndarray, **fields: object) -> tuple[PageText, MemoryBlobs]:
    blobs = MemoryBlobs({"p.png": encode(image, "p.png")})
    page = PageImage(
        number=3, blob_key="p.png", width_px=image.shape[1], height_px=image.shape[0], **fields
    )
    return await OcrStage(blobs, FakeReader(), read_classifier()).compute(OcrInput(page)), blobs


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
async def test_a_page_is_read_upright_however_it_came(quarters: int) -> None:
    text, blobs = await read(turn_quarters(line_page(), quarters))
    assert (text.page, text.width_px, text.height_px, text.engine) == (3, 800, 1000, "fake-1")
    assert [line.text for line in text.lines] == ["UPRIGHT LINE"] * 10
    stored = cv2.imdecode(np.frombuffer(blobs.data["p.png"], np.uint8), cv2.IMREAD_COLOR)
    assert stored.shape == (1000, 800, 3)


class NumberRowReader(FakeReader):
    """Reads short words when the page is upright, and long nonsense, not quite unsure, else."""

    def _read(self, crop: np.ndarray) -> Reading:
        found = super()._read(crop)
        return (
            Reading("TEST", 0.95)
            if found.text == "UPRIGHT LINE"
            else Reading("20 19 18 17 16 15 14 13", 0.78)
        )


async def test_long_rows_of_signs_read_with_doubt_do_not_outweigh_a_sure_word() -> None:
    image = turn_quarters(line_page(), 1)
    blobs = MemoryBlobs({"p.png": encode(image, "p.png")})
    page = PageImage(number=3, blob_key="p.png", width_px=1000, height_px=800)
    text = await OcrStage(blobs, NumberRowReader(), read_classifier()).compute(OcrInput(page))
    assert (text.width_px, text.height_px) == (800, 1000)
    assert [line.text for line in text.lines] == ["TEST"] * 10


class FlagReader(FakeReader):
    """Reads a bar surely when a flag stands on its left end, which no turn makes of its mirror."""

    def _read(self, crop: np.ndarray) -> Reading:
        dark = crop[..., 0] < 128
        half = crop.shape[0] // 2
        stands_on_bar = dark[half:, -KEY:].mean() > 1.3 * dark[:half, -KEY:].mean()
        return super()._read(crop) if stands_on_bar else Reading("noise", 0.4)


def flag_page() -> np.ndarray:
    image = paper(800, 1000)
    for y in range(80, 880, 80):
        cv2.rectangle(image, (100, y + 18), (600, y + 24), (0, 0, 0), -1)
        cv2.rectangle(image, (100, y), (124, y + 24), (0, 0, 0), -1)
    return image


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("quarters", range(4))
async def test_a_mirrored_page_is_turned_over_and_repeating_says_so_again(
    quarters: int, ending: str
) -> None:
    key = f"p.{ending}"
    blobs = MemoryBlobs({key: encode(turn_quarters(mirrored(flag_page()), quarters), key)})
    page = PageImage(number=3, blob_key=key, width_px=800, height_px=1000, is_inverted=True)
    stage = OcrStage(blobs, FlagReader(), read_classifier())
    first = await stage.compute(OcrInput(page))
    assert [line.text for line in first.lines] == ["UPRIGHT LINE"] * 10
    assert first.undone == (PictureFault.INVERTED, PictureFault.MIRRORED)
    stored = decode(blobs.data[key], 3)
    assert np.abs(stored.astype(int) - flag_page()).mean() < 1
    again = await stage.compute(OcrInput(page))
    assert again.model_copy(update={"seconds": first.seconds}) == first


async def test_a_page_that_reads_well_is_not_looked_at_in_a_mirror() -> None:
    blobs = MemoryBlobs({"p.png": encode(flag_page(), "p.png")})
    page = PageImage(number=3, blob_key="p.png", width_px=800, height_px=1000)
    text = await OcrStage(blobs, FlagReader(), read_classifier()).compute(OcrInput(page))
    assert text.undone == ()


class CornerReader(FakeReader):
    """Finds lone angles; reads one as L when its corner is at the lower left."""

    def find(self, image: np.ndarray) -> list[np.ndarray]:
        dark = (image[..., 0] < 100).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
        return [
            np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)
            for x, y, w, h, _ in stats[1:].tolist()
        ]

    def _read(self, crop: np.ndarray) -> Reading:
        dark = crop[..., 0] < 128
        is_upright = dark[:, :6].mean() > 0.5 and dark[-6:].mean() > 0.5
        return Reading("L", 0.99 if is_upright else 0.3, (ReadChar("L", 0.99, 0.0, 1.0),))


@pytest.mark.parametrize("quarters", range(4))
async def test_a_sheet_of_lone_letters_is_turned_by_all_of_them(quarters: int) -> None:
    image = paper(600, 900)
    for row in range(4):
        for x in (100, 250, 400):
            y = 100 + 150 * row
            cv2.line(image, (x, y), (x, y + 30), (30, 30, 30), 5)
            cv2.line(image, (x, y + 30), (x + 25, y + 30), (30, 30, 30), 5)
    blobs = MemoryBlobs({"p.png": encode(turn_quarters(image, quarters), "p.png")})
    width, height = (600, 900) if quarters % 2 == 0 else (900, 600)
    page = PageImage(number=1, blob_key="p.png", width_px=width, height_px=height)
    text = await OcrStage(blobs, CornerReader(), read_classifier()).compute(OcrInput(page))
    assert (text.width_px, text.height_px) == (600, 900)
    stored = cv2.imdecode(np.frombuffer(blobs.data["p.png"], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(stored < 128, image[..., 0] < 128)


async def test_repeating_after_a_turn_gives_the_same_text_and_image() -> None:
    first, blobs = await read(turn_quarters(line_page(), 2))
    turned = blobs.data["p.png"]
    page = PageImage(number=3, blob_key="p.png", width_px=800, height_px=1000)
    again = await OcrStage(blobs, FakeReader(), read_classifier()).compute(OcrInput(page))
    assert again.model_copy(update={"seconds": 0}) == first.model_copy(update={"seconds": 0})
    assert blobs.data["p.png"] == turned


async def test_characters_lie_along_their_line() -> None:
    text, _ = await read(line_page())
    line = text.lines[0]
    assert [char.text for char in line.chars] == list("UPRIGHTLINE")
    lefts = [char.bbox[0] for char in line.chars]
    assert lefts == sorted(lefts)
    assert lefts[0] == pytest.approx(line.bbox[0], abs=1)


async def test_every_cell_is_read_from_its_own_crop() -> None:
    image = paper()
    answer_table(image, (100, 250), "ABCD")
    image[325:385, 405:495] = 250  # the last answer is missing
    text, _ = await read(image)
    (table,) = text.tables
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    assert all(int(cells[1, column].text) > 5 for column in range(3))
    assert (cells[1, 3].text, cells[1, 3].confidence) == ("", 1.0)
    assert cells[1, 3].ink < 0.001 < cells[1, 0].ink


async def test_printed_lines_of_a_pdf_are_kept_and_fill_its_tables() -> None:
    image = paper()
    grid(image, (100, 100), [150, 150], [80])
    write(image, "A", (150, 155))
    line = TextLine(
        text="A", bbox=(150, 120, 25, 35), chars=(TextChar(text="A", bbox=(150, 120, 25, 35)),)
    )
    text, _ = await read(image, printed_lines=(line,))
    assert (text.lines, text.engine) == ((line,), "pdf-text")
    assert [cell.text for cell in text.tables[0].cells] == ["A", ""]


async def test_a_stored_image_that_does_not_decode_is_an_unreadable_page() -> None:
    blobs = MemoryBlobs({"p.png": b"no image"})
    page = PageImage(number=7, blob_key="p.png", width_px=10, height_px=10)
    with pytest.raises(PermanentFailure) as raised:
        await OcrStage(blobs, FakeReader(), read_classifier()).compute(OcrInput(page))
    assert (raised.value.code, raised.value.page) == (FailureCode.UNREADABLE_PAGE, 7)


async def test_reading_leaves_the_event_loop_free() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    await read(line_page())
    ticking.cancel()
    assert ticks > 3
