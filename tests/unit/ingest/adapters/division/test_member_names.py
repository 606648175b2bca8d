"""Names of members are what the person who packed them saw."""

import io
import struct
import zipfile
import zlib

import pytest

from services.ingest.adapters.division.member_names import member_names

NAMES = ["一班/张三.jpg", "一班/李四.jpg", "联通/王.jpg"]


def packed(*names: bytes, flag: int = 0, extra: bytes = b"") -> list[zipfile.ZipInfo]:
    """The entries of an archive whose names are written as these bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, name in enumerate(names):
            entry = zipfile.ZipInfo(f"{number:0{len(name)}d}")
            entry.extra = extra
            archive.writestr(entry, b"x")
    data = buffer.getvalue()
    for number, name in enumerate(names):
        data = data.replace(f"{number:0{len(name)}d}".encode(), name)
    local, central = b"PK\x03\x04", b"PK\x01\x02"
    data = data.replace(local + struct.pack("<HH", 20, 0), local + struct.pack("<HH", 20, flag))
    head = central + struct.pack("<HHH", 788, 20, 0)
    data = data.replace(head, central + struct.pack("<HHH", 788, 20, flag))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.infolist()


@pytest.mark.parametrize(
    ("encoding", "flag"), [("utf-8", 0x800), ("utf-8", 0), ("gbk", 0), ("gb18030", 0)]
)
def test_names_are_read_in_the_encoding_of_their_archive(encoding: str, flag: int) -> None:
    assert member_names(packed(*(name.encode(encoding) for name in NAMES), flag=flag)) == NAMES


def test_a_name_that_windows_tells_besides_counts_while_it_belongs_to_the_entry() -> None:
    short = b"??.jpg"
    told = b"\x01" + struct.pack("<I", zlib.crc32(short)) + "张三.jpg".encode()
    extra = struct.pack("<HH", 0x7075, len(told)) + told
    assert member_names(packed(short, extra=extra)) == ["张三.jpg"]
    assert member_names(packed(b"new.jpg", extra=extra)) == ["new.jpg"]


def test_names_that_differ_in_case_alone_are_two() -> None:
    assert member_names(packed(b"A/1.jpg", b"a/1.JPG")) == ["A/1.jpg", "a/1.JPG"]
