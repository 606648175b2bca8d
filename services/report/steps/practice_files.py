"""A practice paper as PDF: its questions, their key, or both."""

from datetime import datetime

from services.report.domain.views.practice_paper import PracticePart, view_practice
from services.report.domain.views.view_json import to_json
from services.report.steps.ports import PdfTemplates
from shared.contract.practice import PracticePaper


def draw_practice(
    pdf: PdfTemplates, paper: PracticePaper, part: PracticePart, made_at: datetime
) -> bytes:
    """The PDF of ``part``. ``made_at`` is the creation date in the file."""
    return pdf.render("practice.typ", to_json(view_practice(paper, part)), {}, made_at)
