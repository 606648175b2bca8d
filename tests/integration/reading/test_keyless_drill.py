"""A drill without an answer key goes from its text to a score and a report."""

from datetime import UTC, datetime

from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.advice.written_advice import advise
from services.diagnose.domain.estimation.mastery import estimate_mastery
from services.diagnose.domain.scoring.analysis import AnalysisInput, analyse
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.parse.domain.paper import read_paper
from services.report.adapters.fonts import SansFont
from services.report.adapters.html_report import HtmlReport
from services.report.domain.page.places import find_places
from services.report.domain.views.report import view_report
from shared.contract.documents import ExamResult
from shared.contract.failures import Language
from shared.contract.reading import ReadPaper
from tests.unit.parse.drawn import column, page

ROWS = """
16+27=43
37-25=12
33-13=46
184÷8=23
6000平方分米=(60)平方米
17平方分米=(0.17)平方厘米
17÷5=3……2
3米 > 2米
"""


def result_of(paper: ReadPaper) -> ExamResult:
    analysis = analyse(AnalysisInput(paper, None, None), ScoringRules(), shipped_taxonomy())
    estimates = estimate_mastery(analysis.questions)
    return ExamResult(
        exam_id="drill", run=1, paper_id=None, subject=None, grade=None, student_ref=None,
        language="zh", score=analysis.score, sections=analysis.sections,
        questions=analysis.questions, mastery=tuple(found.mastery for found in estimates),
        diagnosis=advise(analysis, estimates, Language.ZH), notes=analysis.notes,
    )  # fmt: skip


def test_a_drill_without_a_key_is_scored_and_reported() -> None:
    sheet = page(*(line.model_copy(update={"confidence": 0.999}) for line in column(ROWS)))
    paper = read_paper([sheet])
    result = result_of(paper)

    told = {q.stem: (q.verdict.value, q.correct_answer) for q in result.questions}
    assert told == {
        "16+27=____": ("correct", "43"),
        "37-25=____": ("correct", "12"),
        "33-13=____": ("incorrect", "20"),
        "184÷8=____": ("correct", "23"),
        "6000平方分米=(____)平方米": ("correct", "60"),
        "17平方分米=(____)平方厘米": ("incorrect", "1700"),
        "17÷5=____": ("correct", "3……2"),
        "3米 ____ 2米": ("correct", ">"),
    }
    assert (result.score.earned, result.score.full, result.score.in_questions) == (6, 8, True)
    names = {point.name for q in result.questions for point in q.knowledge_points}
    assert names == {"整数的认识与运算", "整数乘除法", "单位换算"}

    view = view_report(result, (), datetime(2026, 1, 1, tzinfo=UTC), find_places((), paper))
    html = HtmlReport(SansFont()).render(view, {}, {}).decode()
    assert (view.score.earned, view.score.out_of) == ("6", "/ 8 题")
    assert "每题计 1 分" in html
    assert "依据：程序验算" in html
    assert "判定把握" in html
    assert "辨读 100%" in html
