"""What a report says about an exam."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.report.domain.page.places import QuestionPlaces, find_places
from services.report.domain.text.labels import words
from services.report.domain.views.error_book import view_error_book
from services.report.domain.views.questions import QuestionRow, view_row
from services.report.domain.views.report import ReportView, view_report
from services.report.domain.views.sections import section_name
from shared.contract.documents import Contrast, DiagnosisText, ExamResult, Focus
from shared.contract.failures import Language
from shared.contract.questions import Evidence, EvidenceKind, QuestionType, Verdict
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion
from tests.unit.report.exam_results import (
    SUBMITTED_AT,
    answer_box,
    knowledge_points,
    make_pages,
    make_question,
    make_result,
    make_ungraded_result,
)

_ZH, _EN = words(Language.ZH), words(Language.EN)


def _view(result: ExamResult, pages: int = 2) -> ReportView:
    places = find_places(result.questions, ReadPaper())
    return view_report(result, make_pages(pages), SUBMITTED_AT, places)


def _row(**changes: object) -> QuestionRow:
    return view_row(make_question(0, "zh", knowledge_points("zh"), **changes), _ZH)


def test_the_head_shows_the_graded_score_and_how_many_await_review() -> None:
    view = _view(make_result())
    assert (view.score.earned, view.score.out_of, view.score.rate) == (
        "84.5",
        "/ 130 分",
        "65–75%",
    )
    assert "其中 13 分待定，最后得分在 84.5–97.5 分之间。" in view.score.remarks
    assert "待复核 3 题" in view.score.remarks
    assert {entry.verdict: entry.count for entry in view.score.verdicts} == {
        "correct": 18,
        "incorrect": 3,
        "partial": 3,
        "unanswered": 3,
        "needs_review": 3,
    }


def test_a_paper_without_a_grade_has_no_rate_instead_of_zero() -> None:
    view = _view(make_ungraded_result(), 1)
    assert (view.score.earned, view.score.rate) == ("已识读，未评分", "–")
    assert _ZH["nothing_graded"] in view.score.remarks
    assert view.score.ring is None
    assert view.title == "试卷"


def test_a_question_under_review_has_neither_points_nor_a_sure_verdict() -> None:
    row = _row(verdict=Verdict.NEEDS_REVIEW, score=None)
    assert row.points == "– / 2"
    assert row.confidence == "–"
    assert row.needs_review
    assert _row().confidence == "97%"


def test_blank_illegible_and_unplaced_answers_are_told_apart() -> None:
    said = [
        _row(student_answer="", verdict=Verdict.UNANSWERED, score=0.0).student.text,
        _row(student_answer="", verdict=Verdict.NEEDS_REVIEW, score=None).student.text,
        _row(student_answer=None, verdict=Verdict.NEEDS_REVIEW, score=None).student.text,
    ]
    assert said == ["（空白）", "（空白或无法辨认）", "未找到作答处"]


def test_a_long_answer_is_clipped_in_the_table_and_kept_in_full() -> None:
    answer = "因为函数在区间上单调递增，" * 20
    points = knowledge_points("zh")
    questions = (make_question(0, "zh", points, student_answer=answer),)
    view = _view(make_result(questions=questions))
    assert view.groups[0].rows[0].student.is_clipped
    assert [entry.student for entry in view.long_answers] == [answer]


def test_points_and_rate_of_a_section_are_ranges_where_questions_await_review() -> None:
    sections = _view(make_result()).sections
    assert [(row.full, row.rate, row.review) for row in sections] == [
        ("20", "65–75%", "1"),
        ("30", "65–75%", "1"),
        ("80", "65–75%", "1"),
    ]


def test_section_names_fit_their_script() -> None:
    assert section_name("一", "选择题", _ZH) == "一、选择题"
    assert section_name("一", "一、选择题", _ZH) == "一、选择题"
    assert section_name("A", "Grammar", _EN) == "A Grammar"
    assert section_name("一", "", _ZH) == "第一部分"
    assert section_name("", "", _ZH) == "其他题目"


def test_mastery_begins_with_the_weakest_and_ends_with_what_is_not_known() -> None:
    rows = _view(make_result()).mastery.rows
    assert rows[0].level == "薄弱"
    assert rows[0].rate == "36%"
    assert not rows[-1].is_certain
    assert [row.is_certain for row in rows[:-1]] == [True] * 7


def test_a_trend_begins_with_what_got_worse_and_says_every_paper() -> None:
    report = _view(make_result("en"))
    assert [row.direction for row in report.trend] == ["Worse", "Better", "Not clear yet"]
    worst = report.trend[0]
    assert (worst.papers, worst.since, worst.change) == ("4", "2025-12-14", "55% → 19%")
    assert worst.alt.count("%)") == 4
    assert worst.chart.count("<circle") == 4


def test_a_first_paper_has_no_trend() -> None:
    assert _view(make_result(trend=())).trend == ()


def test_the_author_of_the_text_is_named() -> None:
    text = DiagnosisText(
        summary="s", strengths=(), weaknesses=(), recommendations=(), engine="some-model-1"
    )
    by_model = _view(make_result(diagnosis=text)).diagnosis
    assert "some-model-1" in by_model.author
    assert by_model.lists == ()
    assert _view(make_result()).diagnosis.author == _ZH["by_rules"]


def test_rows_say_what_a_verdict_rests_on_and_where_it_stands() -> None:
    evidence = (
        Evidence(kind=EvidenceKind.ANSWER, page=2, bbox=(1, 1, 9, 9)),
        Evidence(kind=EvidenceKind.KEY, text="A"),
        Evidence(kind=EvidenceKind.SCORE, page=3, bbox=(1, 1, 9, 9)),
    )
    row = _row(evidence=evidence)
    assert row.basis == "依据：卷面得分、参考答案"
    assert row.pages == (2, 3)


def test_a_page_is_described_for_those_who_cannot_see_it() -> None:
    pages = _view(make_result(), 3).pages
    assert "12 处" not in pages[0].alt
    assert "20 处作答：正确 12" in pages[0].alt
    assert pages[2].alt == "试卷第 3 页的图像，无标注"


def test_a_question_is_recognised_on_the_paper_by_its_evidence_before_its_number() -> None:
    bbox, whole = (10.0, 10.0, 30.0, 30.0), (0.0, 0.0, 400.0, 90.0)
    answer = Evidence(kind=EvidenceKind.ANSWER, page=1, bbox=bbox)
    paper = ReadPaper(
        questions=(
            ReadQuestion(
                ordinal=9,
                section="",
                number="7",
                type=QuestionType.FILL_IN,
                answer=ReadAnswer(text="x", confidence=1, evidence=(answer,)),
                places=((1, whole),),
            ),
            ReadQuestion(
                ordinal=1,
                section="",
                number="1",
                type=QuestionType.FILL_IN,
                places=((2, whole),),
            ),
        )
    )
    points = knowledge_points("zh")
    moved = make_question(0, "zh", points, number="1", evidence=(answer,))
    numbered = make_question(1, "zh", points, number="1", evidence=())
    unknown = make_question(2, "zh", points, number="99", evidence=())
    places = find_places((moved, numbered, unknown), paper)
    assert places[1] == QuestionPlaces(((1, bbox),), ((1, whole),))
    assert places[2].whole == ((2, whole),)
    assert places[3] == QuestionPlaces()


def test_a_paper_that_was_read_and_not_scored_says_so_and_has_no_mistakes() -> None:
    result = make_ungraded_result().model_copy(update={"key_version": None})
    view = _view(result, 1)
    assert view.score.earned == _ZH["read_only"]
    assert _ZH["not_scored"] in view.score.remarks
    assert view.mastery.rows == ()
    book = view_error_book(result, make_pages(1), SUBMITTED_AT, {})
    assert (book.items, book.intro) == ((), _ZH["error_book_unscored"])


def test_a_focus_shows_its_questions_with_crop_right_answer_and_what_to_do() -> None:
    result = make_result()
    wrong = [q for q in result.questions if q.verdict is Verdict.INCORRECT]
    focus = Focus(title="函数", reason="2 题失分。", questions=(wrong[1].ordinal, wrong[0].ordinal))
    text = result.diagnosis.model_copy(update={"focus": (focus,)})
    view = _view(result.model_copy(update={"diagnosis": text})).diagnosis
    (shown,) = view.focus
    assert [question.ordinal for question in shown.questions] == list(focus.questions)
    assert all(question.crop for question in shown.questions)
    assert shown.questions[0].correct.text == wrong[1].correct_answer
    assert shown.action == text.recommendations[0]
    # What the focus says is not said a second time.
    assert [name for name, _ in view.lists] == [_ZH["strengths"], _ZH["errands"]]
    assert view.lists[-1][1] == text.recommendations[1:]


def test_a_covered_point_has_no_row_and_a_surprising_level_its_reason() -> None:
    first, second, *_ = make_result().mastery
    odd = second.model_copy(update={"contrast": Contrast.EASY_LOST, "right": 2})
    rows = _view(make_result(mastery=(first.model_copy(update={"is_covered": True}), odd))).mastery
    assert [(row.items, row.reason) for row in rows.rows] == [("2/4", _ZH["easy_lost"])]


def test_the_error_book_covers_what_was_written() -> None:
    result = make_result()
    places = find_places(result.questions, ReadPaper())
    book = view_error_book(result, make_pages(), SUBMITTED_AT, places)
    crop = book.items[0].crops[0]
    assert len(crop.masks) == 1
    assert crop.masks[0][2:] == answer_box(4)[1][2:]


def test_the_error_book_holds_every_question_that_cost_points() -> None:
    result = make_result()
    places = find_places(result.questions, ReadPaper())
    book = view_error_book(result, make_pages(), SUBMITTED_AT, places)
    assert len(book.items) == 9
    assert {item.verdict for item in book.items} == {
        "incorrect",
        "partial",
        "unanswered",
    }
    crop = book.items[0].crops[0]
    assert crop.focus is not None
    assert 0 < crop.focus[0] < crop.bbox[2]


def test_an_error_book_of_a_faultless_paper_says_so() -> None:
    result = make_result(count=4)
    book = view_error_book(result, (), SUBMITTED_AT, {})
    assert book.items == ()
    assert book.intro == _ZH["error_book_empty"]


def test_dates_are_those_of_the_schools_clock() -> None:
    # Half past seven in the morning in Shanghai is the evening before in UTC.
    late = datetime(2026, 3, 13, 23, 30, tzinfo=UTC)
    result = make_result()
    trend = tuple(
        row.model_copy(
            update={"entries": tuple(e.model_copy(update={"at": late}) for e in row.entries)}
        )
        for row in result.trend
    )
    result = result.model_copy(update={"trend": trend})
    here = view_report(result, (), late.astimezone(ZoneInfo("Asia/Shanghai")), {})
    assert "2026-03-14 07:30 UTC+08:00" in dict(here.facts).values()
    assert {row.since for row in here.trend} == {"2026-03-14"}
    assert "2026-03-14" in here.trend[0].alt
    there = view_report(result, (), late, {})
    assert "2026-03-13 23:30 UTC" in dict(there.facts).values()
