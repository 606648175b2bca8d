"""The report as one HTML file that needs nothing beside it."""

import base64
import string
from collections.abc import Mapping
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.report.adapters.fonts import SansFont
from services.report.domain.views.report import ReportView
from services.report.domain.views.view_json import to_json


class HtmlReport:
    """Renders a ReportView with Jinja2. Everything is escaped except the SVG that we drew.

    A subset of the font is embedded, for readers whose system has no Chinese font.
    """

    def __init__(self, font: SansFont) -> None:
        self._font = font
        environment = Environment(
            loader=PackageLoader("services.report", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._page = environment.get_template("report.html.j2")
        templates = resources.files("services.report.templates")
        # The style sheet is ours, and escaping would break its quotes.
        self._style = Markup(templates.joinpath("report.css").read_text("utf-8"))  # noqa: S704

    def render(
        self, view: ReportView, images: Mapping[int, bytes], crops: Mapping[str, bytes]
    ) -> bytes:
        """UTF-8 bytes of it; ``images`` are JPEGs of pages, ``crops`` of questions by name."""
        font = self._font.subset(string.printable + to_json(view))
        shown = {
            question.crop.name
            for focus in view.diagnosis.focus
            for question in focus.questions
            if question.crop is not None
        }
        page = self._page.render(
            view=view,
            words=view.words,
            style=self._style,
            font=_data_uri("font/otf", font),
            crops={n: _data_uri("image/jpeg", crops[n]) for n in sorted(shown) if n in crops},
            images={number: _data_uri("image/jpeg", data) for number, data in images.items()},
        )
        return page.encode("utf-8")


def _data_uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
