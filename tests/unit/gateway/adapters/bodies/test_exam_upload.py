"""Taking a multipart body apart, at every way of cutting it into chunks."""

import hashlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gateway.adapters.bodies.exam_upload import ReceivedForm, UploadLimits, UploadReceiver
from services.gateway.adapters.bodies.multipart import boundary_of
from services.gateway.domain.protocol.problems import Problem

PNG = b"\x89PNG\r\n\x1a\n" + b"\r\n--b\r\nnot a boundary--" * 60


class MemoryBlobs:
    """A blob store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.largest_chunk = 0

    async def read(self, key: str) -> bytes:
        return self.kept[key]

    async def write(self, key: str, data: bytes) -> None:
        self.kept[key] = data

    async def write_stream(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        parts = []
        async for chunk in chunks:
            self.largest_chunk = max(self.largest_chunk, len(chunk))
            parts.append(chunk)
        self.kept[key] = b"".join(parts)

    async def delete_prefix(self, prefix: str) -> None:
        self.kept = {k: v for k, v in self.kept.items() if not k.startswith(prefix)}


def part(name: str, content: bytes, *, file_name: str | None = None) -> bytes:
    file = "" if file_name is None else f'; filename="{file_name}"'
    return f'--BB\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + (
        content + b"\r\n"
    )


async def receive(
    body: bytes, *, cut: int = 65536, blobs: MemoryBlobs | None = None, max_bytes: int = 10_000
) -> ReceivedForm:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), cut):
            yield body[start : start + cut]

    receiver = UploadReceiver(blobs or MemoryBlobs(), UploadLimits(3, max_bytes))
    return await receiver.receive("id", chunks(), b"BB")


BODY = (
    part("subject", "数学".encode())
    + part("files", PNG, file_name="../../etc/passwd")
    + part("force", b"true")
    + part("files", b"%PDF-1.7", file_name="二.pdf")
    + b"--BB--\r\n"
)


async def test_a_file_need_not_have_a_name() -> None:
    form = await receive(part("files", PNG) + b"--BB--\r\n")
    assert [upload.media_type for upload in form.uploads] == ["image/png"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cut=st.integers(1, len(BODY)))
async def test_the_form_is_the_same_however_it_is_cut(cut: int) -> None:
    blobs = MemoryBlobs()
    form = await receive(BODY, cut=cut, blobs=blobs)
    assert form.fields == {"subject": "数学", "force": "true"}
    assert blobs.kept == {"exams/id/uploads/0": PNG, "exams/id/uploads/1": b"%PDF-1.7"}
    assert [upload.media_type for upload in form.uploads] == ["image/png", "application/pdf"]
    assert form.uploads[0].sha256 == hashlib.sha256(PNG).hexdigest()
    assert form.uploads[0].size_bytes == len(PNG)


async def test_a_store_that_streams_is_never_given_a_whole_file() -> None:
    blobs = MemoryBlobs()
    await receive(BODY, cut=64, blobs=blobs)
    assert blobs.kept["exams/id/uploads/0"] == PNG
    assert blobs.largest_chunk < len(PNG)


async def test_a_file_over_its_limit_is_stopped_with_its_own_problem() -> None:
    blobs = MemoryBlobs()
    with pytest.raises(Problem) as caught:
        await receive(BODY, cut=64, blobs=blobs, max_bytes=1030)
    assert caught.value.code == "file_too_large"
    assert blobs.kept == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (BODY.removesuffix(b"--BB--\r\n"), "malformed_form"),
        (BODY[:300], "malformed_form"),
        (b"", "malformed_form"),
        (b"--BB\r\n\r\nx\r\n--BB--\r\n", "malformed_form"),
        (part("avatar", PNG, file_name="a") + b"--BB--", "invalid_request"),
        (part("subject", b"\xff") + b"--BB--", "invalid_request"),
        (part("subject", b"x" * 9000) + b"--BB--", "invalid_request"),
        (part("a", b"1") + part("a", b"2") + b"--BB--", "invalid_request"),
        (b"".join(part(f"f{n}", b"") for n in range(40)) + b"--BB--", "invalid_request"),
        (part("files", b"", file_name="a") + b"--BB--", "empty_file"),
        (part("files", PNG, file_name="a") * 4 + b"--BB--", "too_many_files"),
        (part("subject", b"x") + b"--BB--", "missing_files"),
    ],
)
async def test_a_bad_form_ends_in_its_problem(body: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        await receive(body)
    assert caught.value.code == code


@given(body=st.binary(max_size=300))
async def test_no_body_breaks_the_reader(body: bytes) -> None:
    with pytest.raises(Problem):
        await receive(b"--BB\r\n" + body)


@pytest.mark.parametrize(
    ("content_type", "code"),
    [
        (None, "unsupported_content_type"),
        ("application/json", "unsupported_content_type"),
        ("multipart/form-data", "malformed_form"),
        ("multipart/form-data; boundary=", "malformed_form"),
        ("multipart/form-data; boundary=" + "b" * 71, "malformed_form"),
    ],
)
def test_a_form_without_a_usable_boundary_is_refused(content_type: str | None, code: str) -> None:
    with pytest.raises(Problem) as caught:
        boundary_of(content_type)
    assert caught.value.code == code
