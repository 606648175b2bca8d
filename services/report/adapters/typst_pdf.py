"""Accessible PDF (PDF/UA-1) from a view by typst, with the fonts of its wheel and no others."""

import re
import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

import typst

from services.report.adapters.fonts import SansFont
from services.report.domain.text.plain_text import REPLACEMENT

#: At most this many uncovered characters of a document are tried. The rest are replaced untried.
_MAX_PROBES = 200

_PROBE = '#set document(title: "probe")\n#set text(font: "Noto Sans SC")\n#sys.inputs.char'


class TypstPdf:
    """Compiles one of our templates over a view, which it reads as JSON and never as markup.

    PDF/UA-1 refuses a document with a character that no font has. So a box replaces such characters
    beforehand, and nothing is ever silently blank. Raises typst.TypstError, which only a defect of
    a template can cause.
    """

    def __init__(self, font: SansFont) -> None:
        self._font = font
        self._fonts = typst.Fonts(
            include_system_fonts=False,
            # Libertinus and New Computer Modern stand in for what the Chinese font lacks.
            include_embedded_fonts=True,
            font_paths=[font.path.parent],
        )
        self._is_drawable = lru_cache(maxsize=4096)(self._probe)

    def render(
        self, template: str, view_json: str, images: Mapping[str, bytes], made_at: datetime
    ) -> bytes:
        """The PDF of ``template`` (a file name of ours); it finds ``images`` by their names.

        ``made_at`` is the creation date in the file, so that the same input gives the same bytes.
        """
        data = self._replace_undrawable(view_json)
        with tempfile.TemporaryDirectory(prefix="examlens-report-") as folder:
            root = Path(folder)
            for source in resources.files("services.report.templates").iterdir():
                if source.name.endswith(".typ"):
                    (root / source.name).write_bytes(source.read_bytes())
            for name, image in images.items():
                (root / name).write_bytes(image)
            # A file and not sys.inputs, because the view of a long paper has megabytes.
            (root / "view.json").write_text(data, encoding="utf-8")
            return bytes(
                typst.compile(
                    root / template,
                    root=root,
                    font_paths=self._fonts,
                    ignore_system_fonts=True,
                    format="pdf",
                    pdf_standards=["ua-1"],
                    timestamp=int(made_at.timestamp()),
                )
            )

    def _replace_undrawable(self, text: str) -> str:
        uncovered = sorted(
            char for char in set(text) if char > "\x7f" and ord(char) not in self._font.code_points
        )
        probed = uncovered[:_MAX_PROBES]
        lost = [char for char in probed if not self._is_drawable(char)] + uncovered[_MAX_PROBES:]
        if not lost:
            return text
        return re.sub("[" + "".join(map(re.escape, lost)) + "]", REPLACEMENT, text)

    def _probe(self, char: str) -> bool:
        try:
            typst.compile(
                _PROBE.encode(),
                font_paths=self._fonts,
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=["ua-1"],
                sys_inputs={"char": char},
            )
        except typst.TypstError:
            return False
        return True
