"""Prints a page source with typst and says where its answer places came to lie."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst
from PIL import Image, ImageFont

_FONT_FOLDER = str(Path(pylopdf_fonts_zh_cn.__file__).parent)


@dataclass(frozen=True, slots=True)
class Place:
    """A named box on a page; ``page`` counts from 1, ``box`` is x, y, width, height in pixels."""

    page: int
    box: tuple[float, float, float, float]

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        x, y, width, height = self.box
        return x + width / 2, y + height / 2


@dataclass(frozen=True, slots=True)
class Sheets:
    """Printed pages (RGB) and the named places on them."""

    pages: tuple[Image.Image, ...]
    places: dict[str, Place]


def typeset(source: str, ppi: int, fonts: Sequence[Path] = ()) -> Sheets:
    """Print ``source`` at ``ppi`` pixels per inch; places are what it labels ``<place>``.

    ``fonts`` are folders of further faces.

    System fonts are ignored, so that the same source gives the same pixels everywhere.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.typ"
        path.write_text(source)
        faces = [_FONT_FOLDER, *map(str, fonts)]
        compiler = typst.Compiler(str(path), font_paths=faces, ignore_system_fonts=True)
        drawn = compiler.compile(format="png", ppi=float(ppi))
        places = _places(compiler, ppi / 72)
    sheets = drawn if isinstance(drawn, list) else [drawn]
    return Sheets(
        tuple(Image.open(BytesIO(data)).convert("RGB") for data in sheets if data), places
    )


def _places(compiler: typst.Compiler, scale: float) -> dict[str, Place]:
    found = json.loads(compiler.query("<place>", field="value"))
    return {
        entry["id"]: Place(
            entry["page"],
            (entry["x"] * scale, entry["y"] * scale, entry["w"] * scale, entry["h"] * scale),
        )
        for entry in found
    }


@cache
def _print_font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(_FONT_FOLDER) / "NotoSerifSC-Regular.otf"), 20)


@cache
def _has_glyph(character: str) -> bool:
    font = _print_font()
    mask, missing = font.getmask(character), font.getmask("\U000f1234")
    return mask.size != missing.size or bytes(mask) != bytes(missing)


def can_print(text: str) -> bool:
    """Whether the printing font has every character of ``text``."""
    return all(character.isspace() or _has_glyph(character) for character in text)
