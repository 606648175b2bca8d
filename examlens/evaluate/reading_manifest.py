"""The manifest of papers to measure reading with, and where an answer stands in one."""

import re
import unicodedata

from pydantic import Field

from shared.contract.answer_key import AnswerKey
from shared.contract.model import Document
from shared.contract.questions import Verdict

_LABEL_WORDS = re.compile(
    r"(?i)^(part|section|unit|第)\s*|\s*(大题|部分|题|(?<=\d)[片页课天关组回练])$|[\s.,、:()\[\]]"
)
_NUMBER_MARKS = re.compile(r"(?i)^(q|no|ex|第)|题$|[\s、:,]|[.]$")


class ReadingTruth(Document):
    """What is true of one paper; every part may be missing.

    ``answers`` maps ``label.number`` (``number`` without sections) to what the student wrote, ""
    for a place left empty; ``verdicts`` in the same way to what has to be said of it, where neither
    a key nor the print tells. ``text`` names a file with the printed text.
    """

    answers: dict[str, str] = Field(default_factory=dict)
    verdicts: dict[str, Verdict] = Field(default_factory=dict)
    section_points: dict[str, float] = Field(default_factory=dict)
    earned: float | None = None
    text: str | None = None


class ReadingPaper(Document):
    """One paper: its files relative to the manifest's folder, and what is known of it.

    ``kind`` is any name under which papers are counted together: drill, bubbles, worked.
    """

    files: tuple[str, ...] = Field(min_length=1)
    key: AnswerKey | None = None
    subject: str | None = None
    grade: str | None = None
    kind: str | None = None
    truth: ReadingTruth = ReadingTruth()


class ReadingManifest(Document):
    """What ``manifest.json`` holds."""

    papers: tuple[ReadingPaper, ...] = Field(min_length=1)


Address = tuple[str, str]


def address_of(section: str, number: str) -> Address:
    """Section and number without the words and brackets around them: ``Part A``, ``（3）``."""
    return plain_label(section), _plain_number(number)


def parse_address(text: str) -> Address:
    """The parts of ``label.number``; a number alone has the section ``""``."""
    section, _, number = text.strip().rpartition(".")
    return address_of(section, number)


def plain_label(label: str) -> str:
    """A section's label as it is compared: ``第一部分`` and ``一、`` are both ``一``.

    Coarser than the label forms of ``shared.contract.notation``: manifests come from anywhere.
    """
    return _LABEL_WORDS.sub("", unicodedata.normalize("NFKC", label).strip()).upper()


def _plain_number(number: str) -> str:
    folded = _NUMBER_MARKS.sub("", unicodedata.normalize("NFKC", number).strip())
    # Nested parts keep their border: 16(1) is not 161.
    return re.sub(r"[()\[\]]+", "-", folded).strip("-").upper()
