"""Accessible PDF (PDF/UA-1) from a view by typst, with the fonts of wheels and no others."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

import structlog
import typst

from services.report.adapters.drawable_text import DrawableText
from services.report.adapters.fonts import FALLBACKS, SansFont

log = structlog.get_logger(__name__)

_PROBE = '#set document(title: "probe")\n#set text(font: "Noto Sans SC")\n#sys.inputs.text'


class TypstPdf:
    """Compiles one of our templates over a view, which it reads as JSON and never as markup.

    PDF/UA-1 refuses a document with a character that no font has. So a box replaces such characters
    beforehand, and nothing is ever silently blank. Should typst refuse the text all the same, all
    that the Chinese font lacks is replaced. Raises typst.TypstError, which only a defect of a
    template can cause.
    """

    def __init__(self, font: SansFont) -> None:
        self._fonts = typst.Fonts(
            include_system_fonts=False,
            # Libertinus and New Computer Modern stand in for what all these lack.
            include_embedded_fonts=True,
            font_paths=[font.path.parent, *FALLBACKS],
        )
        self._text = DrawableText(font.code_points, lru_cache(maxsize=4096)(self._probe))

    def render(
        self, template: str, view_json: str, images: Mapping[str, bytes], made_at: datetime
    ) -> bytes:
        """The PDF of ``template`` (a file name of ours); it finds ``images`` by their names.

        ``made_at`` is the creation date in the file, so that the same input gives the same bytes.
        """
        with tempfile.TemporaryDirectory(prefix="examlens-report-") as folder:
            root = Path(folder)
            for source in resources.files("services.report.templates").iterdir():
                if source.name.endswith(".typ"):
                    (root / source.name).write_bytes(source.read_bytes())
            for name, image in images.items():
                (root / name).write_bytes(image)
            try:
                return self._compiled(root / template, self._text.of(view_json), made_at)
            except typst.TypstError:
                log.warning("report.text_refused", template=template)
                return self._compiled(root / template, self._text.untried(view_json), made_at)

    def _compiled(self, template: Path, view_json: str, made_at: datetime) -> bytes:
        # A file and not sys.inputs, because the view of a long paper has megabytes.
        (template.parent / "view.json").write_text(view_json, encoding="utf-8")
        return bytes(
            typst.compile(
                template,
                root=template.parent,
                font_paths=self._fonts,
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=["ua-1"],
                timestamp=int(made_at.timestamp()),
            )
        )

    def _probe(self, text: str) -> bool:
        try:
            typst.compile(
                _PROBE.encode(),
                font_paths=self._fonts,
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=["ua-1"],
                sys_inputs={"text": text},
            )
        except typst.TypstError:
            return False
        return True
