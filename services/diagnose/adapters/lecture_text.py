"""The text of a lecture file: plain text in the usual encodings, or a PDF with a text layer."""

import pypdfium2

from shared.contract.failures import FailureCode, PermanentFailure

_PDF_TYPE = "application/pdf"
#: A lecture is longer than this only by mistake; what follows is not read.
_MOST_CHARACTERS = 400_000
_MOST_PAGES = 300
_ENCODINGS = ("utf-8-sig", "gb18030")
_LEAST_CHARACTERS = 8


def lecture_text(data: bytes, media_type: str) -> str:
    """The readable text of ``data``.

    Raises PermanentFailure: ``no_text_found``, ``broken_pdf``, ``encrypted_pdf``.
    """
    text = _pdf_text(data) if media_type == _PDF_TYPE else _decoded(data)
    if sum(char.isalnum() for char in text) < _LEAST_CHARACTERS:
        raise PermanentFailure(FailureCode.NO_TEXT_FOUND)
    return text[:_MOST_CHARACTERS]


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PermanentFailure(FailureCode.NO_TEXT_FOUND)


def _pdf_text(data: bytes) -> str:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        code = FailureCode.ENCRYPTED_PDF if is_locked else FailureCode.BROKEN_PDF
        raise PermanentFailure(code) from error
    pages: list[str] = []
    length = 0
    try:
        for number in range(min(len(document), _MOST_PAGES)):
            if length > _MOST_CHARACTERS:
                break
            page = document[number]
            words = page.get_textpage()
            pages.append(words.get_text_bounded())
            length += len(pages[-1])
            words.close()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise PermanentFailure(FailureCode.BROKEN_PDF) from error
    finally:
        document.close()
    return "\n".join(pages)
