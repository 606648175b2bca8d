"""Made-up exams for the report tests: an ordinary one, an extreme one and an ungraded one."""

import io
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw

from shared.contract.documents import (
    DiagnosisText,
    Direction,
    ExamResult,
    KnowledgePoint,
    Mastery,
    MasteryLevel,
    MasteryTrend,
    QuestionResult,
    Score,
    SectionScore,
    TrendPoint,
)
from shared.contract.questions import Evidence, EvidenceKind, QuestionType, Verdict
from shared.contract.reading import PageImage

SUBMITTED_AT = datetime(2026, 3, 14, 6, 5, tzinfo=UTC)
PAGE_WIDTH, PAGE_HEIGHT = 1240, 1754

_POINTS_ZH = (
    ("集合与常用逻辑用语", ("数学", "预备知识")),
    ("函数的单调性与最值", ("数学", "函数")),
    ("指数函数与对数函数", ("数学", "函数")),
    ("三角恒等变换", ("数学", "三角函数")),
    ("等差数列与等比数列的前 n 项和", ("数学", "数列")),
    ("导数的几何意义", ("数学", "导数")),
    ("空间直线与平面的位置关系", ("数学", "立体几何")),
    ("古典概型", ("数学", "概率与统计")),
)
_POINTS_EN = (
    ("Past simple and present perfect", ("English", "Grammar", "Tenses")),
    ("Relative clauses", ("English", "Grammar")),
    ("Phrasal verbs", ("English", "Vocabulary")),
    ("Reading for the main idea", ("English", "Reading")),
    ("Reading for detail", ("English", "Reading")),
    ("Listening: numbers and dates", ("English", "Listening")),
    ("Prepositions", ("English", "Grammar")),
    ("Writing a formal letter", ("English", "Writing")),
)
_VERDICTS = (
    *(Verdict.CORRECT,) * 4,
    Verdict.INCORRECT,
    Verdict.CORRECT,
    Verdict.PARTIAL,
    Verdict.CORRECT,
    Verdict.UNANSWERED,
    Verdict.NEEDS_REVIEW,
)
_SHARE = {Verdict.CORRECT: 1.0, Verdict.PARTIAL: 0.5}


def knowledge_points(language: str, count: int = 8) -> tuple[KnowledgePoint, ...]:
    names = _POINTS_ZH if language == "zh" else _POINTS_EN
    return tuple(
        KnowledgePoint(
            id=f"k{index:02}",
            name=names[index % 8][0] + ("" if index < 8 else f" ({index})"),
            path=(*names[index % 8][1], names[index % 8][0]),
        )
        for index in range(count)
    )


def make_mastery(points: tuple[KnowledgePoint, ...]) -> tuple[Mastery, ...]:
    levels = (MasteryLevel.STRONG, MasteryLevel.WEAK, MasteryLevel.ADEQUATE)
    centres = {MasteryLevel.STRONG: 0.9, MasteryLevel.WEAK: 0.35, MasteryLevel.ADEQUATE: 0.68}
    made = []
    for index, point in enumerate(points):
        is_thin = index % 8 == 7
        level = MasteryLevel.INSUFFICIENT_EVIDENCE if is_thin else levels[index % 3]
        centre = 0.55 if is_thin else centres[level] + 0.01 * (index % 5)
        reach = 0.4 if is_thin else 0.16
        made.append(
            Mastery(
                knowledge_point=point,
                items=1 if is_thin else 3 + index % 4,
                mastery=centre,
                interval=(max(0.0, centre - reach), min(1.0, centre + reach)),
                level=level,
            )
        )
    return tuple(made)


def make_trend(points: tuple[KnowledgePoint, ...]) -> tuple[MasteryTrend, ...]:
    """Three points over two to four papers, each gone another way."""
    ways = {Direction.UNCLEAR: 0.02, Direction.BETTER: 0.15, Direction.WORSE: -0.12}
    return tuple(
        MasteryTrend(
            knowledge_point=point,
            direction=direction,
            entries=tuple(
                TrendPoint(
                    exam_id=f"exam-{paper}",
                    at=SUBMITTED_AT - timedelta(days=30 * (papers - 1 - paper)),
                    items=3,
                    mastery=0.55 + step * paper,
                    interval=(0.4 + step * paper, min(0.7 + step * paper, 1.0)),
                )
                for paper in range(papers)
            ),
        )
        for papers, (point, (direction, step)) in enumerate(
            zip(points, ways.items(), strict=False), start=2
        )
    )


def answer_box(index: int) -> tuple[int, tuple[float, float, float, float]]:
    page, place = divmod(index, 20)
    column, row = divmod(place, 10)
    return page + 1, (330.0 + 560 * column, 220.0 + 145 * row, 110.0, 60.0)


def make_question(
    index: int, language: str, points: tuple[KnowledgePoint, ...], **changes: object
) -> QuestionResult:
    verdict = _VERDICTS[index % len(_VERDICTS)]
    page, bbox = answer_box(index)
    types = (QuestionType.SINGLE_CHOICE, QuestionType.FILL_IN, QuestionType.SHORT_ANSWER)
    type_ = types[min(index // 10, 2)]
    right = ("A", "√3/2 + π", "证明：由 a²+b²=c² 得 △ABC 为直角三角形，∠C=90°，所以面积 S=½ab≤25")[
        types.index(type_)
    ]
    if language == "en":
        right = ("A", "have lived", "Dear Sir or Madam, I am writing to apply for the position")[
            types.index(type_)
        ]
    wrong = {"A": "C"}.get(right, right[: len(right) // 2])
    student: str | None = right if verdict is Verdict.CORRECT else wrong
    if verdict is Verdict.UNANSWERED:
        student = ""
    full = (2.0, 3.0, 8.0)[types.index(type_)]
    share = _SHARE.get(verdict, 0.0)
    fields: dict[str, object] = {
        "ordinal": index + 1,
        "section": ("一", "二", "三")[types.index(type_)]
        if language == "zh"
        else "ABC"[types.index(type_)],
        "number": str(index + 1),
        "type": type_,
        "stem": "已知函数 f(x)=x²-2x，求其最小值。"
        if language == "zh"
        else "Complete the sentence.",
        "options": (),
        "student_answer": student,
        "correct_answer": right,
        "verdict": verdict,
        "score": None if verdict is Verdict.NEEDS_REVIEW else full * share,
        "full_score": full,
        "confidence": 0.42 if verdict is Verdict.NEEDS_REVIEW else 0.97,
        "knowledge_points": (points[index % len(points)],),
        "difficulty": 0.5,
        "error_cause": None,
        "evidence": (
            Evidence(kind=EvidenceKind.ANSWER, page=page, bbox=bbox, text=student, confidence=0.97),
            Evidence(kind=EvidenceKind.KEY, text=right),
        ),
    }
    return QuestionResult.model_validate(fields | changes)


def total(questions: tuple[QuestionResult, ...]) -> Score:
    graded = [question for question in questions if question.score is not None]
    earned = sum(question.score or 0.0 for question in graded)
    full = sum(question.full_score or 0.0 for question in graded)
    return Score(
        earned=earned,
        full=full,
        rate=earned / full if full else None,
        ungraded=len(questions) - len(graded),
        open=sum(q.full_score or 0.0 for q in questions if q.score is None),
    )


def sections_of(questions: tuple[QuestionResult, ...], language: str) -> tuple[SectionScore, ...]:
    titles = (
        {"一": "选择题", "二": "填空题", "三": "解答题"}
        if language == "zh"
        else {"A": "Grammar", "B": "Vocabulary", "C": "Writing"}
    )
    return tuple(
        SectionScore(
            label=label,
            title=title,
            earned=sum(q.score or 0.0 for q in questions if q.section == label),
            full=sum(q.full_score or 0.0 for q in questions if q.section == label),
        )
        for label, title in titles.items()
    )


_TEXT = {
    "zh": DiagnosisText(
        summary="这份试卷已判题目的得分率为 68%。指数函数与对数函数掌握牢固，函数的单调性与最值、"
        "导数的几何意义两处失分较多，建议优先复习。",
        strengths=("集合与常用逻辑用语：4 题全对。", "三角恒等变换：预期得分率 90%。"),
        weaknesses=("函数的单调性与最值：6 题失 9 分。", "导数的几何意义：3 题失 6 分。"),
        recommendations=(
            "先复习单调区间的求法，再做 5 道含参数的最值题。",
            "画出切线，写出斜率与导数的关系，然后重做第 15、23 题。",
            "请老师确认待复核的题目。",
        ),
        engine="rules",
    ),
    "en": DiagnosisText(
        summary="The score rate over graded questions is 68 %. Tenses are secure; relative clauses "
        "and reading for detail cost the most points and should come first.",
        strengths=("Past simple and present perfect: 4 of 4 right.",),
        weaknesses=("Relative clauses: 9 points lost over 6 questions.",),
        recommendations=("Review defining and non-defining clauses, then redo question 15.",),
        engine="rules",
    ),
}


def make_result(language: str = "zh", count: int = 30, **changes: object) -> ExamResult:
    """An ordinary exam of ``count`` questions about eight knowledge points."""
    points = knowledge_points(language)
    questions = tuple(make_question(index, language, points) for index in range(count))
    fields: dict[str, object] = {
        "exam_id": "01JX2V9Q7M8R4T6W0Y3Z5B7D9F",
        "run": 1,
        "paper_id": "paper-1",
        "key_version": 1,
        "title": "高一数学第二学期期中考试"
        if language == "zh"
        else "Year 9 English: mid-term paper",
        "subject": "数学" if language == "zh" else "English",
        "grade": "高一" if language == "zh" else "Year 9",
        "student_ref": "S-20260314-07",
        "language": language,
        "score": total(questions),
        "sections": sections_of(questions, language),
        "questions": questions,
        "mastery": make_mastery(points),
        "trend": make_trend(points),
        "diagnosis": _TEXT[language],
        "notes": (),
        "timings": {"ingest": 0.8, "ocr": 3.1, "parsing": 0.2},
        "versions": {"examlens": "0.1.0"},
    }
    return ExamResult.model_validate(fields | changes)


def make_extreme_result(language: str = "zh") -> ExamResult:
    """120 questions, 24 knowledge points, long and unspaced text everywhere."""
    points = knowledge_points(language, 24)
    long_words = "pneumonoultramicroscopicsilicovolcanoconiosis" * 3
    long_text = "由题意可知，点 P 在椭圆上，且满足 |PF₁|+|PF₂|=2a，" * 30
    questions = tuple(
        make_question(
            index,
            language,
            points,
            number=f"{index + 1}" if index % 9 else f"听力材料第{index + 1}题（附加）",
            student_answer=long_text if index % 10 == 3 else long_words if index % 10 == 5 else "B",
            knowledge_points=points[index % 20 : index % 20 + 3],
            error_cause="审题不清，忽略了定义域的限制" if index % 7 == 4 else None,
        )
        for index in range(120)
    )
    return make_result(
        language,
        title="二〇二五至二〇二六学年度第二学期全市普通高中期中质量检测高一年级数学试卷（A 卷）"
        * 2,
        questions=questions,
        score=total(questions),
        sections=sections_of(questions, language),
        mastery=make_mastery(points),
        notes=("page_missing:2", "something_new:1:2", "total_differs:52:49"),
    )


def make_ungraded_result(language: str = "zh") -> ExamResult:
    """A paper of which nothing could be graded."""
    points = knowledge_points(language)
    questions = tuple(
        make_question(
            index,
            language,
            points,
            verdict=Verdict.NEEDS_REVIEW,
            score=None,
            correct_answer=None,
            student_answer=None,
            evidence=(),
            confidence=0.0,
        )
        for index in range(6)
    )
    return make_result(
        language,
        title=None,
        subject=None,
        grade=None,
        student_ref=None,
        questions=questions,
        score=total(questions),
        sections=(),
        mastery=(),
    )


def make_pages(count: int = 2) -> tuple[PageImage, ...]:
    return tuple(
        PageImage(
            number=number,
            blob_key=f"exams/e1/1/pages/{number}.png",
            width_px=PAGE_WIDTH,
            height_px=PAGE_HEIGHT,
        )
        for number in range(1, count + 1)
    )


def draw_page(page: int) -> bytes:
    """A PNG with a ruled answer box wherever ``answer_box`` says."""
    image = Image.new("L", (PAGE_WIDTH, PAGE_HEIGHT), 250)
    pen = ImageDraw.Draw(image)
    for place in range(20):
        number, (x, y, width, height) = answer_box((page - 1) * 20 + place)
        if number == page:
            pen.rectangle((x, y, x + width, y + height), outline=90, width=2)
            pen.line((x - 200, y + height, x - 20, y + height), fill=60, width=3)
            pen.line((x + 30, y + 15, x + 70, y + 45), fill=20, width=5)
    stored = io.BytesIO()
    image.save(stored, "PNG")
    return stored.getvalue()
