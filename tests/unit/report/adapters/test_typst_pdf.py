"""The PDF report and the error book say everything, in glyphs that are really there."""

import json
import unicodedata

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest

from services.report.adapters.drawable_text import DrawableText
from services.report.adapters.fonts import SansFont
from services.report.adapters.pillow_pages import PillowPages
from services.report.adapters.typst_pdf import TypstPdf
from services.report.domain.page.places import find_places
from services.report.domain.views.error_book import view_error_book
from services.report.domain.views.report import view_report
from services.report.domain.views.view_json import to_json
from shared.contract.documents import ExamResult
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

HOSTILE = '#panic("x") $x^2$ *b* _i_ `raw` @ref <label> \\ #[y] // end'


@pytest.fixture(scope="module")
def typst_pdf() -> TypstPdf:
    return TypstPdf(SansFont())


def _report(typst_pdf: TypstPdf, result: ExamResult, pages: int = 2) -> bytes:
    images = make_pages(pages)
    places = find_places(result.questions, ReadPaper())
    view = view_report(result, images, SUBMITTED_AT, places)
    pictures = PillowPages().cut({page.number: draw_page(page.number) for page in images}, ())
    files = {f"page-{number}.jpg": data for number, data in pictures.pages.items()}
    return typst_pdf.render("report.typ", to_json(view), files, SUBMITTED_AT)


def _book(typst_pdf: TypstPdf, result: ExamResult, pages: int = 2) -> bytes:
    images = make_pages(pages)
    places = find_places(result.questions, ReadPaper())
    view = view_error_book(result, images, SUBMITTED_AT, places)
    crops = [crop for item in view.items for crop in item.crops]
    pictures = PillowPages().cut({page.number: draw_page(page.number) for page in images}, crops)
    return typst_pdf.render("error_book.typ", to_json(view), pictures.crops, SUBMITTED_AT)


def _text(data: bytes) -> str:
    with pdfium.PdfDocument(data) as document:
        pages = [
            document[index].get_textpage().get_text_bounded() for index in range(len(document))
        ]
    # Zero-width spaces are where an unspaced run may be broken.
    return "".join("".join(pages).replace("\u200b", "").split())


def _blank_characters(data: bytes) -> list[str]:
    """Characters of the first three pages whose place on the rendered page has no ink."""
    blank = []
    with pdfium.PdfDocument(data) as document:
        for index in range(min(3, len(document))):
            page = document[index]
            picture = page.render(scale=2).to_pil().convert("L")
            text = page.get_textpage()
            height = page.get_height()
            for place in range(text.count_chars()):
                char = text.get_text_range(place, 1)
                left, bottom, right, top = text.get_charbox(place)
                if not char.strip() or right - left < 0.5 or top - bottom < 0.5:
                    continue
                box = (
                    left * 2 - 1,
                    (height - top) * 2 - 1,
                    right * 2 + 1,
                    (height - bottom) * 2 + 1,
                )
                darkest, lightest = picture.crop(tuple(map(round, box))).getextrema()
                if lightest - darkest < 30:
                    blank.append(char)
    return blank


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_holds_every_question_and_answer(typst_pdf: TypstPdf, language: str) -> None:
    result = make_result(language)
    text = _text(_report(typst_pdf, result))
    for question in result.questions:
        assert "".join((question.correct_answer or "").split()) in text
    titles = {"zh": ("证明：由a²+b²=c²得", "古典概型", "证据不足"), "en": ("Insufficientevidence",)}
    for expected in titles[language]:
        assert expected in text
    table = text[text.index({"zh": "逐题分析", "en": "Questionbyquestion"}[language]) :]
    for question in result.questions:
        page = question.evidence[0].page
        short = {"zh": f"第{page}页", "en": f"p.{page}"}[language]
        assert f"{question.number}{short}" in table


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_character_of_report_and_error_book_leaves_ink(
    typst_pdf: TypstPdf, language: str
) -> None:
    result = make_result(language)
    assert _blank_characters(_report(typst_pdf, result)) == []
    assert _blank_characters(_book(typst_pdf, result)) == []


def test_the_report_is_tagged_as_pdf_ua(typst_pdf: TypstPdf) -> None:
    data = _report(typst_pdf, make_result())
    assert b"pdfuaid:part" in data
    with pdfium.PdfDocument(data) as document:
        assert pdfium_c.FPDFCatalog_IsTagged(document)
        assert document.get_metadata_value("Title") == "高一数学第二学期期中考试 · 学情诊断报告"


def test_the_same_exam_gives_the_same_bytes(typst_pdf: TypstPdf) -> None:
    assert _report(typst_pdf, make_result()) == _report(typst_pdf, make_result())


def test_markup_in_text_from_the_paper_is_laid_out_as_text(typst_pdf: TypstPdf) -> None:
    points = tuple(point.model_copy(update={"name": HOSTILE}) for point in knowledge_points("zh"))
    question = make_question(
        4, "zh", points, student_answer=HOSTILE, correct_answer=HOSTILE, error_cause=HOSTILE
    )
    result = make_result(questions=(question,), title=HOSTILE, notes=(HOSTILE,))
    for data in (_report(typst_pdf, result), _book(typst_pdf, result)):
        text = _text(data)
        assert '#panic("x")$x^2$*b*_i_`raw`' in text
        assert "\\#[y]//end" in text


def test_characters_that_no_font_has_become_a_box(typst_pdf: TypstPdf) -> None:
    questions = (
        make_question(0, "zh", knowledge_points("zh"), student_answer="答案😀ܐܒ ℝ ⩽ 𝑥 √2"),
    )
    text = _text(_report(typst_pdf, make_result(questions=questions)))
    assert "答案□□□ℝ⩽𝑥√2" in text


def test_a_text_of_many_strange_characters_is_still_laid_out(typst_pdf: TypstPdf) -> None:
    strange = "".join(map(chr, range(0x12000, 0x12400)))
    questions = (make_question(0, "zh", knowledge_points("zh"), student_answer=strange),)
    assert "□" * 50 in _text(_report(typst_pdf, make_result(questions=questions)))


def test_extreme_and_ungraded_and_empty_exams_are_laid_out(typst_pdf: TypstPdf) -> None:
    extreme = make_extreme_result()
    text = _text(_report(typst_pdf, extreme, 6))
    for question in extreme.questions:
        assert "".join(question.number.split()) in text
    assert "较长答案全文" in text
    assert "没有可以自动判分的题目" in _text(_report(typst_pdf, make_ungraded_result(), 1))
    nothing = make_result("en", count=0, sections=(), mastery=())
    assert "Therearenoquestions." in _text(_report(typst_pdf, nothing, 0))
    assert "Thereisnothingtocorrect." in _text(_book(typst_pdf, nothing, 0))


def test_nothing_is_laid_out_beyond_the_edge_of_a_page(typst_pdf: TypstPdf) -> None:
    with pdfium.PdfDocument(_report(typst_pdf, make_extreme_result(), 6)) as document:
        for index in range(len(document)):
            page = document[index]
            text = page.get_textpage()
            for place in range(text.count_chars()):
                left, _, right, _ = text.get_charbox(place)
                assert 40 < left <= right < page.get_width() - 40 or right == left


def test_the_error_book_holds_what_cost_points_and_its_answers_on_the_last_pages(
    typst_pdf: TypstPdf,
) -> None:
    result = make_result()
    tasks, _, answers = _text(_book(typst_pdf, result)).rpartition("答案与错因")
    for question in result.questions:
        is_lost = question.verdict.value in {"incorrect", "partial", "unanswered"}
        assert (f"第{question.number}题" in tasks) is is_lost
        assert (f"第{question.number}题" in answers) is is_lost
    assert "参考答案" in answers
    assert "参考答案" not in tasks


def test_a_view_reaches_typst_as_json() -> None:
    view = view_report(make_result(), (), SUBMITTED_AT, {})
    assert json.loads(to_json(view))["title"] == view.title


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u20d7·b\u20d7=3", "a→·b→=3"),
        ("中\u20e1", "中↔"),
        ("1\ufe0f\u20e3", "1□"),
        ("\u20d7", "→"),
        ("한\u20d7", unicodedata.normalize("NFD", "한") + "→"),
        ("ไทย กำ", "ไทยกำ"),
        ("𠮷野 김민준 😀", unicodedata.normalize("NFD", "𠮷野김민준") + "□"),
        ("x\u0304 = é", "x\u0304=e\u0301"),
    ],
)
def test_marks_and_letters_that_no_font_draws_together_are_shown_apart(
    typst_pdf: TypstPdf, text: str, shown: str
) -> None:
    result = make_result("zh").model_copy(update={"title": text})
    found = _text(_report(typst_pdf, result))
    assert shown in unicodedata.normalize("NFD", found)


def test_text_that_is_refused_although_it_was_tried_still_gives_a_report(
    typst_pdf: TypstPdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DrawableText, "of", lambda self, text: text)
    result = make_result("zh").model_copy(update={"title": "向量 a\u20d7 与 한 글"})
    assert "a→与□□" in _text(_report(typst_pdf, result))
