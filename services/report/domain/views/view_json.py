"""A view as JSON, the only form in which text from outside reaches a typst template."""

import dataclasses
import json

from services.report.domain.views.error_book import ErrorBookView
from services.report.domain.views.practice_paper import PracticeView
from services.report.domain.views.report import ReportView


def to_json(view: ReportView | ErrorBookView | PracticeView) -> str:
    """``view`` and all that it holds. Characters stay as they are, without escapes."""
    return json.dumps(dataclasses.asdict(view), ensure_ascii=False)
