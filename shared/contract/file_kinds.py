"""What an uploaded file is by its first bytes; its name and declared type are never believed."""

import re
from enum import StrEnum

#: As many bytes as decide. A PDF reader looks for the header in the first 1,024 (ISO 32000-1,
#: annex H).
SNIFF_BYTES = 1024


class FileKind(StrEnum):
    """The kinds of file that are taken, by media type."""

    #: A scan or a drawing, kept without loss.
    PNG = "image/png"
    #: A photo or a scan that has lost detail already.
    JPEG = "image/jpeg"
    #: A document of pages.
    PDF = "application/pdf"
    #: What telephones of one maker save by default, with any of its names.
    HEIF = "image/heic"
    AVIF = "image/avif"
    WEBP = "image/webp"
    #: What scanners save: one page or many.
    TIFF = "image/tiff"
    BMP = "image/bmp"
    #: The first picture counts.
    GIF = "image/gif"


#: Kinds whose pictures have lost detail: they gain nothing from being kept without loss.
LOSSY_KINDS = frozenset({FileKind.JPEG, FileKind.HEIF, FileKind.AVIF, FileKind.WEBP})
_MAGIC = re.compile(
    rb"(?P<PNG>\x89PNG\r\n\x1a\n)|(?P<JPEG>\xff\xd8\xff)|(?P<GIF>GIF8[79]a)"
    # Also BigTIFF, for files of more than 4 GB.
    rb"|(?P<TIFF>II\*\0|MM\0\*|II\+\0|MM\0\+)"
    rb"|(?P<WEBP>RIFF....WEBP)"
    # "BM" begins words, too: behind it stands the size of one of the headers of Windows or OS/2.
    rb"|(?P<BMP>BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0)",
    re.DOTALL,
)
#: Brands of ISO/IEC 23008-12 and of AV1 pictures: what a file with a box "ftyp" can be read as.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
#: Word, WPS and their like: OLE documents, RTF, and zips whose first entry has one of these names.
_OFFICE = re.compile(
    rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\{\\rtf"
    rb"|PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/\.rels|mimetypeapplication/vnd\.oasis"
    rb"|(?:docProps|word|ppt|xl|customXml)/\w+\.xml|Index/\w+\.iwa)",
    re.DOTALL,
)


def kind_of(head: bytes) -> FileKind | None:
    """The kind of a file that begins with ``head`` (SNIFF_BYTES suffice).

    None when it is of no kind that is taken. Whether it can be read shows when it is decoded.
    """
    found = _MAGIC.match(head)
    if found is not None and found.lastgroup is not None:
        return FileKind[found.lastgroup]
    if head[4:8] == b"ftyp":
        return _kind_of_brands(head)
    return FileKind.PDF if b"%PDF-" in head[:SNIFF_BYTES] else None


def _kind_of_brands(head: bytes) -> FileKind | None:
    end = min(int.from_bytes(head[:4], "big"), SNIFF_BYTES)
    brands = {head[8:12], *(head[start : start + 4] for start in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return FileKind.AVIF
    return FileKind.HEIF if brands & _HEIF_BRANDS else None


def is_office_document(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a document of a word processor or its like."""
    return _OFFICE.match(head) is not None
