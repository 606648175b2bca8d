"""A born-digital page brings its text along; a page that shows more than its text does not."""

import io
import time
from dataclasses import dataclass

import numpy as np
import pypdfium2
import pytest
import typst

from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.domain.files.limits import Limits
from services.ingest.domain.files.pdf_text import Glyph, complete_lines
from services.ingest.domain.raster import Rgb, to_grey
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.reading import TextLine

LINES = """
1. Which of these numbers is the largest prime?

#grid(columns: (1fr, 1fr), [A. twenty-three], [B. twenty-nine])

2. Name the capital of the country that you live in.

3. How many edges does a cube have, and how many corners?
"""
SCRIBBLE = "#place(curve(stroke: 3pt, {}))".format(
    ", ".join(
        f"curve.quad(({40 + 9 * i}pt, {150 * (i % 2)}pt), ({75 + 9 * i}pt, {60 + 2 * i}pt))"
        for i in range(30)
    )
)


@dataclass(frozen=True)
class Page:
    """A page as ingest takes it: its picture, and its lines where they are complete."""

    image: Rgb
    lines: tuple[TextLine, ...] | None


def read(pdf: bytes, limits: Limits) -> Page:
    page = PdfiumPages().read_page(pdf, 0, limits)
    return Page(page.image, complete_lines(page.glyphs, page.image))


def drawn(source: str, setup: str = "#set page(width: 400pt, height: 500pt)") -> Page:
    pdf = typst.compile(f"{setup}\n{source}".encode(), format="pdf")
    return read(pdf, Limits(render_dpi=144))


def test_lines_are_those_of_the_page_with_words_apart() -> None:
    page = drawn(LINES)
    assert page.lines is not None
    assert [line.text for line in page.lines] == [
        "1. Which of these numbers is the largest prime?",
        "A. twenty-three",
        "B. twenty-nine",
        "2. Name the capital of the country that you live in.",
        "3. How many edges does a cube have, and how many corners?",
    ]


def test_boxes_lie_on_the_ink_of_the_picture() -> None:
    page = drawn(LINES)
    assert page.lines is not None
    dark = to_grey(page.image) < 128
    explained = np.zeros_like(dark)
    for line in page.lines:
        for char in line.chars:
            x, y, width, height = (round(v) for v in char.bbox)
            explained[y - 2 : y + height + 3, x - 2 : x + width + 3] = True
    assert np.count_nonzero(dark & ~explained) < 0.01 * np.count_nonzero(dark)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_has_its_boxes_on_the_turned_picture(degrees: int) -> None:
    document = pypdfium2.PdfDocument(
        typst.compile(f"#set page(width: 400pt, height: 500pt)\n{LINES}".encode(), format="pdf")
    )
    document[0].set_rotation(degrees)
    target = pypdfium2.PdfDocument.new()
    target.import_pages(document)
    buffer = io.BytesIO()
    target.save(buffer)
    page = read(buffer.getvalue(), Limits(render_dpi=144))
    if page.lines is not None:
        dark = to_grey(page.image) < 128
        x, y, width, height = (round(v) for v in page.lines[0].bbox)
        assert dark[y : y + height + 1, x : x + width + 1].any()


def test_table_rules_do_not_make_text_incomplete() -> None:
    assert drawn(LINES + "\n#table(columns: 4, [1], [2], [3], [4], [A], [C], [B], [D])").lines


def test_handwriting_drawn_as_curves_makes_text_incomplete() -> None:
    assert drawn(LINES + SCRIBBLE).lines is None


def test_a_page_with_hardly_any_text_is_left_to_ocr() -> None:
    assert drawn("Name").lines is None


def test_the_resolution_drops_so_that_a_large_page_keeps_the_limit() -> None:
    pdf = typst.compile(b"#set page(width: 1600pt, height: 1200pt)\nlarge", format="pdf")
    page = read(pdf, Limits(render_dpi=300, page_pixels=4_000_000))
    assert page.image.shape[0] * page.image.shape[1] <= 4_100_000


def test_a_page_with_more_text_than_a_paper_has_is_refused_with_its_number() -> None:
    small = "#set page(width: 900pt, height: 900pt, margin: 5pt)\n#set text(size: 3pt)\n"
    source = f"{small}#for n in range(2600) [word number #n in a line. ]"
    pdf = typst.compile(source.encode(), format="pdf")
    with pytest.raises(PermanentFailure) as failure:
        read(pdf, Limits(render_dpi=72))
    assert (failure.value.code, failure.value.page) == (FailureCode.TOO_MUCH_TEXT, 1)


def test_a_line_of_thousands_of_characters_takes_no_time() -> None:
    glyphs = tuple(Glyph("x", 0.3 * n, 10 + n % 3, 0.25, 8) for n in range(10_000))
    start = time.process_time()
    assert complete_lines(glyphs, np.full((40, 3100, 3), 255, np.uint8)) is not None
    assert time.process_time() - start < 3  # seconds; 0.1 measured; before, 4,000 glyphs took 5
