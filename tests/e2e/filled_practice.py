"""A practice paper, printed, filled in by the project's drawer and scanned."""

import io
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pylopdf_fonts_zh_cn
import pypdfium2
from PIL import Image, ImageFilter

from services.report.adapters.fonts import SansFont
from services.report.adapters.typst_pdf import TypstPdf
from services.report.domain.views.practice_paper import PracticePart
from services.report.steps.practice_files import draw_practice
from shared.contract.model import BBox
from shared.contract.practice import PracticePaper

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks" / "papers"))

from fonts import Hand
from pen import BLUE, Pen

_FONT = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
_PIXELS_PER_POINT = 200 / 72
_LABEL = "答案"
#: The line for a short answer, in points right of its label.
_LINE_WIDTH, _LINE_HEIGHT = 80.0, 14.0


def scanned(paper: PracticePaper, seed: int) -> tuple[bytes, ...]:
    """JPEGs of the pages of a Chinese ``paper``, every printed place filled in as the key says."""
    when = datetime(2026, 3, 14, tzinfo=UTC)
    pdf = draw_practice(TypstPdf(SansFont()), paper, PracticePart.PAPER, when)
    rng = random.Random(seed)  # noqa: S311 -- repeatable
    pen = Pen(Hand("print", ((_FONT, (range(0x20, 0xFFFF),)),)), BLUE, rng)
    answers = iter(question.answer for section in paper.sections for question in section.questions)
    pages = []
    with pypdfium2.PdfDocument(pdf) as document:
        for index in range(len(document)):
            image = document[index].render(scale=_PIXELS_PER_POINT).to_pil().convert("RGB")
            for box in sorted(_places(document[index]), key=lambda box: box[1]):
                pen.write(image, next(answers), box)
            turned = image.rotate(
                rng.uniform(-0.4, 0.4), Image.Resampling.BICUBIC, fillcolor="white"
            )
            data = io.BytesIO()
            turned.filter(ImageFilter.GaussianBlur(0.5)).save(data, "JPEG", quality=85)
            pages.append(data.getvalue())
    assert next(answers, None) is None, "every answer has a printed place"
    return tuple(pages)


def _places(page: pypdfium2.PdfPage) -> Iterator[BBox]:
    """Empty brackets, and the lines behind the label of an answer, in pixels."""
    text, height = page.get_textpage(), page.get_height()
    shown = [text.get_text_range(place, 1) for place in range(text.count_chars())]
    scale = _PIXELS_PER_POINT
    for place, character in enumerate(shown):
        left, _, right, top = text.get_charbox(place)
        if character == "（" and "".join(shown[place + 1 :]).lstrip().startswith("）"):
            close = shown.index("）", place)
            end, bottom = text.get_charbox(close)[0], text.get_charbox(close)[1]
            width = (end - right) * scale
            yield (right * scale + 4, (height - top) * scale, width - 8, (top - bottom) * scale)
        is_label = "".join(shown[place - 1 : place + 1]) == _LABEL
        if (
            is_label
            and not "".join(shown[place + 1 : place + 2]).strip()
            and left > right / 2 > 100
        ):
            x, y = (right + 4) * scale + 20, (height - top - 2) * scale - 6
            yield (x, y - 16, _LINE_WIDTH * scale, _LINE_HEIGHT * scale)
