"""The samples go through the real services and come out as readable, honest reports."""

import io

import pypdfium2
import pytest

from examlens.client import ExamLensClient
from shared.contract.documents import ExamResult
from shared.contract.exams import ArtefactKind
from shared.contract.failures import Language
from shared.contract.questions import Verdict
from shared.contract.stages import Status
from tests.e2e.papers import NAMES, answer_key, paper_file, truth

pytestmark = pytest.mark.xdist_group("embedded")


@pytest.fixture(scope="module", params=NAMES)
def sample(request: pytest.FixtureRequest) -> str:
    return str(request.param)


_RESULTS: dict[str, ExamResult] = {}


@pytest.fixture
def result(sample: str, client: ExamLensClient) -> ExamResult:
    if sample not in _RESULTS:
        paper = client.create_paper(answer_key(sample))
        language = Language.ZH if sample.startswith("zh") else Language.EN
        accepted = client.submit([paper_file(sample)], paper_id=paper.paper_id, language=language)
        ended = client.wait(accepted.exam_id, timeout_seconds=200)
        assert ended.status is Status.COMPLETED
        _RESULTS[sample] = client.result(accepted.exam_id)
    return _RESULTS[sample]


def test_every_question_of_the_key_is_found_once(sample: str, result: ExamResult) -> None:
    wanted = [(s.label, q.number) for s in answer_key(sample).sections for q in s.questions]
    assert [(q.section, q.number) for q in result.questions] == wanted


def test_no_answer_that_counts_is_misread(sample: str, result: ExamResult) -> None:
    wanted = truth(sample)["answers"]
    misread = {
        f"{q.section}.{q.number}": (q.student_answer, wanted[f"{q.section}.{q.number}"])
        for q in result.questions
        if q.verdict is not Verdict.NEEDS_REVIEW
        and _plain(q.student_answer) != _plain(wanted[f"{q.section}.{q.number}"])
    }
    assert misread == {}


def _plain(answer: str | None) -> str:
    ticks = str.maketrans({"✓": "T", "√": "T", "×": "F", "✗": "F"})
    return (answer or "").translate(ticks).replace(" ", "").casefold()


def test_most_answers_are_read_with_confidence(result: ExamResult) -> None:
    assert result.score.ungraded <= len(result.questions) * 0.25


def test_totals_are_the_sums_of_their_questions(result: ExamResult) -> None:
    graded = [q for q in result.questions if q.verdict is not Verdict.NEEDS_REVIEW]
    assert result.score.earned == pytest.approx(sum(q.score or 0 for q in graded))
    assert result.score.full == pytest.approx(sum(q.full_score or 0 for q in graded))
    assert result.score.ungraded == len(result.questions) - len(graded)


def test_the_pdf_report_is_text_that_names_every_question(
    sample: str, result: ExamResult, client: ExamLensClient
) -> None:
    data = client.artefact(result.exam_id, ArtefactKind.REPORT_PDF)
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert (answer_key(sample).title in text) or (result.title or "?") in text
    for question in result.questions:
        assert question.number in text


def test_the_html_report_needs_nothing_from_elsewhere(
    result: ExamResult, client: ExamLensClient
) -> None:
    html = client.artefact(result.exam_id, ArtefactKind.REPORT_HTML).decode()
    assert html.lstrip().lower().startswith("<!doctype html>")
    for outside in ('src="http', 'href="http', "url(http", "@import"):
        assert outside not in html
