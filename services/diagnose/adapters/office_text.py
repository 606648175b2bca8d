"""The text of Word and PowerPoint files (docx, pptx; ISO/IEC 29500): paragraphs in their order."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from shared.contract.failures import FailureCode, PermanentFailure

#: What begins every zip archive, and so every such file.
MAGIC = b"PK\x03\x04"
_DOCUMENT = "word/document.xml"
_SLIDE = re.compile(r"ppt/(?:slides/slide|notesSlides/notesSlide)(\d+)\.xml")
#: Unpacked bytes that are read of all parts together: a lecture of a thousand pages has a tenth.
_MOST_BYTES = 60_000_000
_CHUNK_BYTES = 1 << 16
_BROKEN = (zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, EOFError)
_ERRORS = (*_BROKEN, NotImplementedError, RuntimeError, KeyError, ValueError)


def office_text(data: bytes) -> str:
    """The paragraphs of a document, or of slides each with its notes.

    Raises PermanentFailure ``no_text_found`` for archives that are neither, broken or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            left = _MOST_BYTES
            paragraphs: list[str] = []
            for name in _parts(archive.namelist()):
                reader = _Reader(left)
                with archive.open(name) as part:
                    while chunk := part.read(_CHUNK_BYTES):
                        reader.take(chunk)
                paragraphs += reader.paragraphs
                left = reader.left
            return "\n".join(paragraphs)
    except _ERRORS as error:
        raise PermanentFailure(FailureCode.NO_TEXT_FOUND) from error


def _parts(names: list[str]) -> Iterator[str]:
    if _DOCUMENT in names:
        yield _DOCUMENT
    slides = [(int(found[1]), name) for name in names if (found := _SLIDE.fullmatch(name))]
    # A slide comes before its notes: "slides" sorts behind "notesSlides".
    for _, name in sorted(slides, key=lambda slide: (slide[0], "notes" in slide[1])):
        yield name


class _Reader:
    """Collects the text of one part. Both formats call a run's text ``t`` and a paragraph ``p``."""

    def __init__(self, left: int) -> None:
        self.paragraphs: list[str] = []
        self.left = left
        self._current: list[str] = []
        self._is_text = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse

    def take(self, chunk: bytes) -> None:
        """Read on. Raises ValueError for more bytes than a lecture has."""
        self.left -= len(chunk)
        if self.left < 0:
            raise ValueError("the document unpacks to too much")
        self._parser.Parse(chunk, False)

    def _start(self, name: str, _attributes: object) -> None:
        tag = name.rpartition(" ")[2]
        self._is_text = tag == "t"
        if tag in {"tab", "br"}:
            self._current.append(" ")

    def _end(self, name: str) -> None:
        self._is_text = False
        if name.rpartition(" ")[2] == "p" and self._current:
            self.paragraphs.append("".join(self._current))
            self._current.clear()

    def _characters(self, text: str) -> None:
        if self._is_text:
            self._current.append(text)

    @staticmethod
    def _refuse(*_: object) -> None:
        raise ValueError("a document type has no place in an office file")
