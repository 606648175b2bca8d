"""The fonts of the reports: where they lie, what the Chinese one covers, and subsets of it."""

from functools import cached_property
from pathlib import Path

import pylopdf_fonts_jp
import pylopdf_fonts_ko
import pylopdf_fonts_th
import pylopdf_fonts_zh_cn
import uharfbuzz

#: Where a typesetter finds what the Chinese font lacks: rare Han and kana, Hangul, Thai.
FALLBACKS = tuple(
    Path(fonts.sans_path()).parent
    for fonts in (pylopdf_fonts_jp, pylopdf_fonts_ko, pylopdf_fonts_th)
)


class SansFont:
    """Noto Sans SC from its wheel, so that no report depends on what a machine has installed."""

    def __init__(self) -> None:
        self.path = Path(pylopdf_fonts_zh_cn.sans_path())
        self._face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.path)))

    @cached_property
    def code_points(self) -> frozenset[int]:
        """The Unicode code points that have a glyph."""
        return frozenset(self._face.unicodes)

    def subset(self, text: str) -> bytes:
        """An OpenType font with just the glyphs that ``text`` needs: about 0.25 kB per glyph."""
        wanted = uharfbuzz.SubsetInput()
        wanted.sets(uharfbuzz.SubsetInputSets.UNICODE).update(map(ord, set(text)))
        return bytes(uharfbuzz.subset(self._face, wanted).blob.data)
