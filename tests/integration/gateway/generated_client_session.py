"""What a program does with a generated client.

test_generated_client runs it in the generator's environment, where the package can be imported:

    python generated_client_session.py ADDRESS TOKEN
"""

import io
import sys
import time
from uuid import UUID, uuid4

from generated import AuthenticatedClient, Client
from generated.api.exams import get_exam, get_exam_status, list_exams, submit_exam
from generated.api.papers import create_paper
from generated.api.questions import correct_question, get_question
from generated.api.results import get_exam_result, get_report_pdf
from generated.api.service import get_version
from generated.models import (
    AnswerKey,
    CorrectionRequest,
    ExamList,
    ExamResult,
    KeyQuestion,
    KeySection,
    PaperBody,
    ProblemDocument,
    QuestionBody,
    QuestionType,
    Status,
    StatusBody,
    SubmitExamBody,
    VersionBody,
)
from generated.types import File

_PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
_ENDED = {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.DUPLICATE}


def main(address: str, token: str) -> None:
    """Store a key, submit, follow, read, correct; every answer is of the promised type."""
    version = get_version.sync(client=Client(base_url=address))
    assert isinstance(version, VersionBody)
    with AuthenticatedClient(base_url=address, token=token) as client:
        exam_id = _submit(client)
        print(exam_id, flush=True)  # noqa: T201 -- the test reads it, and makes the pipeline run
        status = _follow(client, exam_id)
        assert status.status is Status.COMPLETED, status
        _read(client, exam_id)
        _correct(client, exam_id)
        _fail(client)


def _submit(client: AuthenticatedClient) -> str:
    question = KeyQuestion(number="1", type_=QuestionType.SINGLE_CHOICE, answer="C", points=2.0)
    key = AnswerKey(title="单元测验", sections=[KeySection(questions=[question])])
    paper = create_paper.sync(client=client, body=key)
    assert isinstance(paper, PaperBody), paper
    file = File(payload=io.BytesIO(_PNG), file_name="1.png", mime_type="image/png")
    body = SubmitExamBody(files=[file], student_ref="s-1", paper_id=UUID(paper.paper_id))
    answer = submit_exam.sync_detailed(client=client, body=body, idempotency_key=str(uuid4()))
    assert answer.status_code == 202
    assert isinstance(answer.parsed, StatusBody), answer
    assert answer.headers["location"].endswith(answer.parsed.exam_id)
    return answer.parsed.exam_id


def _follow(client: AuthenticatedClient, exam_id: str) -> StatusBody:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = get_exam_status.sync(exam_id, client=client, wait=1)
        assert isinstance(status, StatusBody), status
        if status.status in _ENDED:
            return status
    raise TimeoutError


def _read(client: AuthenticatedClient, exam_id: str) -> None:
    found = list_exams.sync(client=client, student_ref="s-1", limit=5)
    assert isinstance(found, ExamList)
    assert [exam.exam_id for exam in found.items] == [exam_id]
    result = get_exam_result.sync(exam_id, client=client)
    assert isinstance(result, ExamResult), result
    assert result.questions
    report = get_report_pdf.sync(exam_id, client=client)
    assert isinstance(report, File)
    assert report.payload.read().startswith(b"%PDF-")


def _correct(client: AuthenticatedClient, exam_id: str) -> None:
    question = get_question.sync(exam_id, 2, client=client)
    assert isinstance(question, QuestionBody), question
    changed = correct_question.sync(
        exam_id, 2, client=client, body=CorrectionRequest(score=1.0), if_match=question.etag
    )
    assert isinstance(changed, StatusBody), changed
    assert changed.run == 2
    late = correct_question.sync(
        exam_id, 2, client=client, body=CorrectionRequest(score=2.0), if_match=question.etag
    )
    assert isinstance(late, ProblemDocument), late
    assert late.status in {409, 412}


def _fail(client: AuthenticatedClient) -> None:
    missing = get_exam.sync(str(uuid4()), client=client)
    assert isinstance(missing, ProblemDocument)
    assert (missing.status, missing.code) == (404, "not_found")


if __name__ == "__main__":
    main(*sys.argv[1:])
