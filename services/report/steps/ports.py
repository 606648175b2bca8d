"""What the steps ask of an engine."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from services.report.domain.page.pictures import Pictures
from services.report.domain.page.question_crops import QuestionCrop
from services.report.domain.views.error_book import Crop
from services.report.domain.views.report import ReportView
from shared.contract.reading import PageImage


class ReportPage(Protocol):
    """Draws a report as one HTML file."""

    def render(
        self, view: ReportView, images: Mapping[int, bytes], crops: Mapping[str, bytes]
    ) -> bytes:
        """The page. ``images`` are the pages' JPEGs by number, ``crops`` questions' by name."""
        ...


class PdfTemplates(Protocol):
    """Draws our templates as PDF."""

    def render(
        self, template: str, view_json: str, images: Mapping[str, bytes], made_at: datetime
    ) -> bytes:
        """The PDF of ``template`` over a view. The template finds ``images`` by their names."""
        ...


class StoredPages(Protocol):
    """Opens the stored page images."""

    def measure(
        self, pages: Iterable[PageImage], stored: Mapping[int, bytes]
    ) -> tuple[PageImage, ...]:
        """``pages`` with the size that their stored images have now."""
        ...

    def cut(
        self,
        stored: Mapping[int, bytes],
        crops: Iterable[Crop],
        questions: Iterable[QuestionCrop] = (),
    ) -> Pictures:
        """Small pictures of all pages, and what is cut out of them."""
        ...
