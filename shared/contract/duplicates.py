"""Words about exams that are the same: what is compared, and what was found."""

from pydantic import Field

from shared.contract.model import Document


class Duplicate(Document):
    """Which exam a submission repeats, and by which of the four layers that was found."""

    layer: int = Field(ge=1, le=4)
    of: str


class PagePrint(Document):
    """What of one page is compared with pages of other exams; ``number`` counts from 1.

    ``hashes`` are 256 bits each as 0 and 1, of the page as it stands and turned by 90, 180 and 270
    degrees. ``corners`` is what lays pages over each other, in a form of ingest's own.
    """

    number: int
    hashes: tuple[str, str, str, str]
    corners: bytes
    #: Where the ink of the page is kept.
    view_key: str


class PaperPrint(Document):
    """What of a paper, once read, is compared with other papers.

    ``digest`` is a hash of all answers with their addresses. ``text`` has no blanks and no
    punctuation. ``student`` holds what tells who the student is: ``ref``, ``name`` and ``number``,
    "" where unknown.
    """

    digest: str
    text: str
    student: dict[str, str]
