"""Whatever is sent ends in a clear refusal or a FAILED exam with a code; the workers live on."""

import io
import json

import httpx2
import pytest
from PIL import Image

from examlens.client import ExamLensClient, ExamLensError
from examlens.embedded import Embedded
from shared.contract.stages import Status
from tests.e2e.papers import SAMPLES, answer_key
from tests.fuzz.files import pdf_of

pytestmark = pytest.mark.xdist_group("embedded")
ENCRYPTED = SAMPLES.parent / "tests" / "fixtures" / "pages" / "encrypted.pdf"


def image_bytes(kind: str, size: tuple[int, int] = (400, 300)) -> bytes:
    target = io.BytesIO()
    Image.new("L", size, 255).save(target, kind)
    return target.getvalue()


FAILING = {
    "a truncated JPEG": (image_bytes("JPEG", (1200, 900))[:2000], "broken_image"),
    "a truncated PNG": (image_bytes("PNG", (1200, 900))[:-400], "broken_image"),
    "an encrypted PDF": (ENCRYPTED.read_bytes(), "encrypted_pdf"),
    "a broken PDF": (b"%PDF-1.7\n" + b"garbage " * 100, "broken_pdf"),
    "a PDF of 500 pages": (pdf_of(500), "too_many_pages"),
    "an image of 20,000 x 20,000 pixels": (image_bytes("PNG", (20_000, 20_000)), "too_many_pixels"),
    "a blank page": (image_bytes("PNG", (1240, 1754)), "no_questions_found"),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_bad_file_fails_the_exam_with_its_code(case: str, client: ExamLensClient) -> None:
    data, code = FAILING[case]
    accepted = client.submit([data])
    ended = client.wait(accepted.exam_id, timeout_seconds=200)
    assert (ended.status, ended.error_code) == (Status.FAILED, code)
    assert ended.error_message is not None
    assert len(ended.error_message) > 30


REFUSED = {
    "an empty file": (b"", "empty_file"),
    "text that is called .png": (b"this is no picture\n" * 50, "unsupported_media"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_none_is_refused_at_once(case: str, client: ExamLensClient) -> None:
    data, code = REFUSED[case]
    with pytest.raises(ExamLensError) as refusal:
        client.submit([data])
    assert 400 <= refusal.value.status < 500
    assert refusal.value.code == code


def test_an_unknown_paper_is_refused(client: ExamLensClient) -> None:
    with pytest.raises(ExamLensError) as refusal:
        client.submit([image_bytes("PNG")], paper_id="7f0c3c1e-3a43-4d0e-8a51-0c6c1a2b3d4e")
    assert 400 <= refusal.value.status < 500


def test_an_answer_key_with_a_number_twice_is_refused_and_says_which(
    embedded: Embedded,
) -> None:
    key = json.loads(answer_key("zh-maths").model_dump_json())
    questions = key["sections"][0]["questions"]
    questions[1]["number"] = questions[0]["number"]
    answer = httpx2.post(
        f"{embedded.address}/api/v1/papers",
        json=key,
        headers={"Authorization": f"Bearer {embedded.first_key}"},
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert f"一.{questions[0]['number']}" in answer.text


def test_the_workers_still_work_after_all_that(client: ExamLensClient) -> None:
    assert client.is_ready()
    accepted = client.submit([b"\x89PNG\r\n\x1a\n broken"])
    assert client.wait(accepted.exam_id, timeout_seconds=60).error_code == "broken_image"
