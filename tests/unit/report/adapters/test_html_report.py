"""The HTML report is self-contained, accessible and inert."""

import re
from html.parser import HTMLParser

import pytest

from services.report.adapters.fonts import SansFont
from services.report.adapters.html_report import HtmlReport
from services.report.adapters.pillow_pages import PillowPages
from services.report.domain.page.places import find_places
from services.report.domain.views.report import view_report
from shared.contract.documents import DiagnosisText, ExamResult, Focus
from shared.contract.reading import ReadPaper
from tests.unit.report.exam_results import (
    SUBMITTED_AT,
    draw_page,
    knowledge_points,
    make_extreme_result,
    make_pages,
    make_question,
    make_result,
    make_ungraded_result,
)

HOSTILE = """<script>alert(1)</script><img src=x onerror=alert(2)>" ' {{ 7*7 }} </svg>"""
_VOID = {"meta", "img", "br", "link", "input", "hr"}


class _Page(HTMLParser):
    """Collects tags and text, and checks that every element is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def _render(result: ExamResult, pages: int = 2) -> str:
    images = make_pages(pages)
    view = view_report(result, images, SUBMITTED_AT, find_places(result.questions, ReadPaper()))
    pictures = PillowPages().cut({page.number: draw_page(page.number) for page in images}, ())
    crops = {q.crop.name: b"" for f in view.diagnosis.focus for q in f.questions if q.crop}
    return HtmlReport(SansFont()).render(view, pictures.pages, crops).decode()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_ordinary_report_is_one_accessible_file(language: str) -> None:
    html = _render(make_result(language))
    page = _Page(html)
    assert page.all("html")[0]["lang"] == {"zh": "zh-CN", "en": "en"}[language]
    images = page.all("img")
    assert len(images) == 2
    for image in images:
        assert image["alt"]
        assert (image["src"] or "").startswith("data:image/jpeg;base64,")
    assert all(
        attributes.get("aria-label")
        for _, attributes in page.tags
        if attributes.get("role") == "img"
    )
    assert all(attributes.get("scope") for attributes in page.all("th"))
    assert page.all("script") == []
    # The SVG name space is the only address; nothing is fetched.
    assert set(re.findall(r"https?://[^\"'\s)]+", html)) == {"http://www.w3.org/2000/svg"}


def test_links_lead_to_pages_of_the_report() -> None:
    focus = Focus(title="函数", reason="6 题失 9 分。", questions=(5, 15))
    text = DiagnosisText.model_validate(make_result().diagnosis.model_dump() | {"focus": (focus,)})
    page = _Page(_render(make_result(diagnosis=text), pages=1))
    ids = {attributes["id"] for _, attributes in page.tags if attributes.get("id")}
    targets = {(link["href"] or "")[1:] for link in page.all("a")}
    details = {"mastery", "trend", "sections", "questions", "pages"}
    assert targets == {"page-1", "question-5", "question-15", *details}
    assert targets <= ids


def test_text_from_the_paper_is_shown_and_never_run() -> None:
    points = tuple(point.model_copy(update={"name": HOSTILE}) for point in knowledge_points("zh"))
    question = make_question(
        0,
        "zh",
        points,
        number=HOSTILE[:20],
        section=HOSTILE,
        student_answer=HOSTILE,
        correct_answer=HOSTILE,
        error_cause=HOSTILE,
    )
    text = DiagnosisText(
        summary=HOSTILE,
        strengths=(HOSTILE,),
        weaknesses=(HOSTILE,),
        recommendations=(HOSTILE,),
        engine=HOSTILE,
    )
    page = _Page(
        _render(
            make_result(
                questions=(question,),
                title=HOSTILE,
                subject=HOSTILE,
                student_ref=HOSTILE,
                diagnosis=text,
                notes=(HOSTILE,),
                versions={HOSTILE: HOSTILE},
            )
        )
    )
    assert page.all("script") == []
    assert len(page.all("img")) == 2
    assert not [name for _, attributes in page.tags for name in attributes if name[:2] == "on"]
    assert " ".join(HOSTILE.split()) in page.text
    assert "49" not in page.text.split()


def test_extreme_and_ungraded_exams_are_shown_whole() -> None:
    extreme = _Page(_render(make_extreme_result(), 6))
    rows = [a for a in extreme.all("tr") if (a.get("id") or "").startswith("question-")]
    assert len(rows) == 120
    assert "目前没有可以自动判分的题目" in _Page(_render(make_ungraded_result(), 1)).text
