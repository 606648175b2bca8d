"""What a file is by its first bytes."""

import io
import zipfile

import pytest

from shared.contract.file_kinds import FileKind, is_office_document, kind_of


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", FileKind.PNG),
        (b"\xff\xd8\xff\xe0JFIF", FileKind.JPEG),
        (b"%PDF-1.4", FileKind.PDF),
        (b"\xef\xbb\xbf\n%PDF-2.0", FileKind.PDF),
        (b"x" * 1019 + b"%PDF-", FileKind.PDF),
        (b"x" * 1020 + b"%PDF-", None),
        (b"\x89PN", None),
        (b"hello", None),
        (b"PK\x03\x04", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, kind: FileKind | None) -> None:
    assert kind_of(head) is kind


@pytest.mark.parametrize(
    "head",
    [
        b"BMW is a make of cars, and this a text of some length",
        b"RIFF....WAVEfmt ",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"GIF80a",
        b"II\x2a\x01",
        b"",
    ],
)
def test_what_only_begins_like_a_picture_is_none(head: bytes) -> None:
    assert kind_of(head) is None


def test_a_heif_is_told_by_any_of_its_brands() -> None:
    def box(*brands: bytes) -> bytes:
        body = b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
        return (len(body) + 4).to_bytes(4, "big") + body + b"later heic"

    assert kind_of(box(b"mif1", b"mif1", b"heic")) is FileKind.HEIF
    assert kind_of(box(b"mif1", b"mif1", b"avif", b"miaf")) is FileKind.AVIF
    assert kind_of(box(b"msf1", b"hevc")) is FileKind.HEIF
    assert kind_of(box(b"isom", b"mp42")) is None


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in names:
            content = "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x"
            packed.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        archive("[Content_Types].xml", "word/document.xml"),
        archive("_rels/.rels", "docProps/app.xml"),
        archive("word/document.xml"),
        archive("mimetype", "content.xml"),
        archive("Index/Document.iwa"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        b"{\\rtf1\\ansi",
    ],
)
def test_documents_of_word_processors_are_told_from_archives(data: bytes) -> None:
    assert is_office_document(data[:1024])
    assert kind_of(data) is None


@pytest.mark.parametrize(
    "names", [("张三/1.jpg", "李四/1.jpg"), ("word/1.jpg",), ("Index/1.png",), ("mimetype.jpg",)]
)
def test_an_archive_of_papers_is_no_document(names: tuple[str, ...]) -> None:
    assert not is_office_document(archive(*names)[:1024])
