"""Names in PDFs are bytes. Programs in China wrote them in GBK."""

from typing import cast

from pikepdf import Name, Object


def text_of(name: Name) -> str:
    """``name`` as keys of dictionaries are given: UTF-8, with a surrogate for any other byte."""
    return bytes(name).decode("utf-8", "surrogateescape")


def name_of(text: str) -> Name:
    """The name that ``text_of`` gave as ``text``. A text itself may name it in UTF-8 only."""
    _, *letters = text.encode("utf-8", "surrogateescape")
    escaped = b"".join(b"#%02x" % letter for letter in letters)
    return cast(Name, Object.parse(b"/" + escaped))
