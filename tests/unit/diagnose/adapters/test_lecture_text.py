"""Lectures are read from what teachers have: text, Markdown, Word, slides."""

import io
import zipfile

import pytest

from services.diagnose.adapters.lecture_text import lecture_text
from shared.contract.failures import FailureCode, PermanentFailure

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def archive(**members: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members.items():
            made.writestr(name.replace("__", "/") + ".xml", text)
    return data.getvalue()


def document(*paragraphs: str) -> str:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'


def slide(*paragraphs: str) -> str:
    body = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs)
    return f'<p:sld xmlns:p="urn:p" xmlns:a="{_A}">{body}</p:sld>'


def test_paragraphs_of_a_document_are_lines() -> None:
    data = archive(
        word__document=document("一元一次方程的解法", "移项要变号。"), word__styles="<x/>"
    )
    assert lecture_text(data, "") == "一元一次方程的解法\n移项要变号。"


def test_slides_come_in_their_order_each_with_its_notes() -> None:
    data = archive(
        ppt__slides__slide10=slide("第十页的内容"),
        ppt__slides__slide2=slide("第二页的内容"),
        ppt__notesSlides__notesSlide2=slide("第二页的备注"),
    )
    assert lecture_text(data, "").splitlines() == ["第二页的内容", "第二页的备注", "第十页的内容"]


def test_marks_of_markdown_are_no_text() -> None:
    markdown = "# 分数\n\n> **通分**：见[课本](https://example.org/a)\n\n```\nx = 1\n```\n"
    assert lecture_text(markdown.encode(), "text/plain").split() == [
        "分数", "通分：见课本", "x", "=", "1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        archive(word__document='<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'),
        archive(word__document="<w:document"),
        archive(other="a text that nobody reads here"),
        archive(word__document=document("一元一次方程的解法"))[:-40],
        b"PK\x03\x04 and nothing else",
    ],
    ids=["entities", "torn", "other", "cut", "magic"],
)
def test_what_cannot_be_read_fails_for_good(data: bytes) -> None:
    with pytest.raises(PermanentFailure) as failure:
        lecture_text(data, "")
    assert failure.value.code is FailureCode.NO_TEXT_FOUND


def test_an_archive_that_unpacks_to_too_much_is_given_up() -> None:
    data = archive(word__document=document("是" * 25_000_000))
    with pytest.raises(PermanentFailure):
        lecture_text(data, "")
