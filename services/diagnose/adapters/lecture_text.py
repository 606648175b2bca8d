"""The text of a lecture: text or Markdown in the usual encodings, docx, pptx, PDF with text."""

import re

from services.diagnose.adapters.office_text import MAGIC, office_text
from shared.contract.failures import FailureCode, PermanentFailure
from shared.contract.text_gate import storable
from shared.pdf.pdfium_document import open_pdf

_PDF_TYPE = "application/pdf"
#: A lecture is longer than this only by mistake; what follows is not read.
_MOST_CHARACTERS = 400_000
_MOST_PAGES = 300
_ENCODINGS = ("utf-8-sig", "gb18030")
_LEAST_CHARACTERS = 8
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,2000}\)")
_MARKS = re.compile(r"^(?:#{1,6} |> |```.*$|[-*_]{3,}$)|\*\*|`", re.MULTILINE)


def lecture_text(data: bytes, media_type: str) -> str:
    """The readable text of ``data``.

    Raises PermanentFailure: ``no_text_found``, ``broken_pdf``, ``encrypted_pdf``.
    """
    if media_type == _PDF_TYPE:
        text = _pdf_text(data)
    elif data.startswith(MAGIC):
        text = storable(office_text(data))
    else:
        text = _without_marks(_decoded(data))
    if sum(char.isalnum() for char in text) < _LEAST_CHARACTERS:
        raise PermanentFailure(FailureCode.NO_TEXT_FOUND)
    return text[:_MOST_CHARACTERS]


def _without_marks(text: str) -> str:
    """``text`` without the marks of Markdown: headings, emphasis, code fences, links' addresses."""
    text = _LINK.sub(r"\1", text)
    return _MARKS.sub("", text)


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return storable(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise PermanentFailure(FailureCode.NO_TEXT_FOUND)


def _pdf_text(data: bytes) -> str:
    pages: list[str] = []
    length = 0
    with open_pdf(data) as document:
        for index in range(min(document.page_count, _MOST_PAGES)):
            if length > _MOST_CHARACTERS:
                break
            pages.append(document.page_text(index))
            length += len(pages[-1])
    return "\n".join(pages)
