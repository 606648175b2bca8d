"""What an upload is, by its first bytes."""

from enum import StrEnum

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_JPEG_MAGIC = b"\xff\xd8\xff"
_PDF_MAGIC = b"%PDF-"
#: Readers accept a PDF whose header comes a little late (ISO 32000-1, annex H).
_PDF_HEADER_BYTES = 1024


class FileKind(StrEnum):
    """The kinds of file that are taken."""

    #: A scan or a drawing, kept without loss.
    PNG = "png"
    #: A photo or a scan that has lost detail already.
    JPEG = "jpeg"
    #: A document of pages.
    PDF = "pdf"


def kind_of(data: bytes) -> FileKind | None:
    """The kind of the file ``data``; None when it is of no kind that is taken."""
    if _PDF_MAGIC in data[:_PDF_HEADER_BYTES]:
        return FileKind.PDF
    if data.startswith(_PNG_MAGIC):
        return FileKind.PNG
    return FileKind.JPEG if data.startswith(_JPEG_MAGIC) else None
