"""What the reading stages hand on: pages, their text, and the paper found in it."""

from enum import StrEnum

from shared.contract.model import BBox, Document, Unit
from shared.contract.notes import Note
from shared.contract.questions import Evidence, Option, QuestionType


class PageImage(Document):
    """One normalised page: upright, de-skewed, kept as a PNG or JPEG. ``number`` counts from 1.

    ``printed_lines`` is set when the page was drawn from a born-digital PDF whose own text is
    complete. Then no OCR is needed. Its boxes are in pixels of the normalised image.
    """

    number: int
    blob_key: str
    width_px: int
    height_px: int
    #: Clockwise turn that made the page upright, in degrees: quarter turns plus skew.
    turned_degrees: float = 0.0
    #: It was light on dark, and was made dark on light.
    is_inverted: bool = False
    printed_lines: tuple["TextLine", ...] | None = None


class TextChar(Document):
    """One character or unspaced run of a line with its box."""

    text: str
    bbox: BBox
    confidence: Unit = 1.0
    #: Signs that the strokes of a short answer could be, with their probabilities, likeliest first.
    #: Whoever knows which signs are possible chooses among these.
    likely: tuple[tuple[str, Unit], ...] = ()


class TextLine(Document):
    """A run of text on one line, with its axis-parallel box."""

    text: str
    bbox: BBox
    confidence: Unit = 1.0
    #: Character boxes from left to right, where the reader gives them.
    chars: tuple[TextChar, ...] = ()


class TableCell(Document):
    """A cell of a ruled table. ``ink`` is the share of dark pixels inside, its rules left out."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    bbox: BBox
    text: str = ""
    confidence: Unit = 1.0
    ink: Unit = 0.0
    #: The characters of a short handwritten answer, where they were looked at one by one.
    chars: tuple[TextChar, ...] = ()


class RuledTable(Document):
    """A table found by its ruled lines, whatever the text in it says."""

    bbox: BBox
    rows: int
    columns: int
    cells: tuple[TableCell, ...]


class MarkKind(StrEnum):
    """What a pen put on the page besides answers."""

    TICK = "tick"
    HALF_TICK = "half_tick"
    CROSS = "cross"
    #: A written number of points.
    SCORE = "score"
    CIRCLE = "circle"
    STRIKE = "strike"
    #: A filled or ticked option or bubble.
    SELECTION = "selection"


class InkColour(StrEnum):
    """The colour of a pen, as far as it tells who wrote."""

    #: Nobody looked.
    UNKNOWN = ""
    BLACK = "black"
    #: A teacher's.
    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    #: Another one, or one that a later version knows.
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "InkColour | None":
        return cls.OTHER if isinstance(value, str) else None


class PenMark(Document):
    """A mark of a pen that differs from the print, by colour or by shape."""

    kind: MarkKind
    bbox: BBox
    text: str = ""
    colour: InkColour = InkColour.UNKNOWN
    confidence: Unit = 1.0


class RegionKind(StrEnum):
    """What a part of a page is besides text, tables and marks."""

    #: A rule to write on.
    BLANK = "blank"
    #: A place for an answer that was looked at and holds no ink.
    EMPTY = "empty"
    #: A place whose ink was not read with confidence.
    INK = "ink"
    #: An option's label without a mark.
    UNMARKED = "unmarked"
    #: A drawing; it stays an image.
    FIGURE = "figure"
    #: What a later version knows.
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "RegionKind | None":
        return cls.OTHER if isinstance(value, str) else None


class Region(Document):
    """A part of the page that is no text: a place for an answer, or a figure."""

    kind: RegionKind
    bbox: BBox


class PageLanguage(StrEnum):
    """The language of a page's print, as far as we know its words."""

    #: Nearly all letters are Latin.
    ENGLISH = "english"
    #: Chinese in simplified characters.
    SIMPLIFIED = "simplified"
    #: Anything else.
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "PageLanguage | None":
        return cls.OTHER if isinstance(value, str) else None


class PictureFault(StrEnum):
    """What was wrong with a page's picture and was undone."""

    #: Light on dark.
    INVERTED = "inverted"
    #: Left and right exchanged.
    MIRRORED = "mirrored"
    #: What a later version knows.
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "PictureFault | None":
        return cls.OTHER if isinstance(value, str) else None


class PageText(Document):
    """Everything read from one page."""

    page: int
    width_px: int
    height_px: int
    #: None in documents of earlier versions, and where nothing was read.
    language: PageLanguage | None = None
    lines: tuple[TextLine, ...] = ()
    tables: tuple[RuledTable, ...] = ()
    marks: tuple[PenMark, ...] = ()
    regions: tuple[Region, ...] = ()
    undone: tuple[PictureFault, ...] = ()
    #: Name and version of the reader.
    engine: str = ""
    seconds: float = 0.0


class PaperMetadata(Document):
    """What is printed or written in the head of a paper."""

    title: str | None = None
    subject: str | None = None
    grade: str | None = None
    full_score: float | None = None
    duration_minutes: int | None = None
    student_name: str | None = None
    student_number: str | None = None
    class_name: str | None = None


class ReadSection(Document):
    """A section as printed; ``points`` is the printed total when there is one."""

    label: str
    title: str
    points: float | None = None
    #: Points a teacher wrote for the section, where found.
    written_score: float | None = None
    #: How surely that number was read.
    written_confidence: Unit = 1.0


class ReadAnswer(Document):
    """What the student answered. ``text`` is "" for an answer place that was found empty.

    ``confidence`` is the probability that ``text`` is what the student meant.
    """

    text: str
    confidence: Unit
    evidence: tuple[Evidence, ...] = ()


class AskedKind(StrEnum):
    """What a question can ask by its form alone."""

    #: ``184÷8=____``
    SUM = "sum"
    #: ``6米=____分米``
    CONVERSION = "conversion"
    #: ``3分米____3厘米``: the sign between both sides is the answer.
    COMPARISON = "comparison"
    #: ``____+27=43``, ``x+3=7, x=____``, ``42÷(□+4)=6``: a number inside of a side is the answer.
    EQUATION = "equation"
    #: What a later version knows.
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "AskedKind | None":
        return cls.OTHER if isinstance(value, str) else None


class Asked(Document):
    """Arithmetic that a question asks for, as it was read, without what the student wrote.

    ``left`` and ``right`` are the sides of its sign; ``____`` stands where the answer stood, except
    between the sides of a comparison. ``confidence`` is of the weakest character of both.
    """

    kind: AskedKind
    left: str
    right: str
    confidence: Unit


class ReadQuestion(Document):
    """One question as found on the pages. ``answer`` is None when no place for it was found."""

    ordinal: int
    section: str
    number: str
    type: QuestionType
    stem: str = ""
    options: tuple[Option, ...] = ()
    points: float | None = None
    answer: ReadAnswer | None = None
    #: Teacher's ticks, crosses and scores that belong to this question.
    marks: tuple[Evidence, ...] = ()
    #: Where the question stands: (page, box), one or more parts.
    places: tuple[tuple[int, BBox], ...] = ()
    figures: tuple[tuple[int, BBox], ...] = ()
    #: Text shared with other questions: the passage that they all ask about.
    material: str = ""
    #: The arithmetic that the question is, where it is nothing else.
    asked: Asked | None = None


class ReadPaper(Document):
    """The whole paper: what parsing hands on. ``warnings`` are of pages and doubtful answers."""

    metadata: PaperMetadata = PaperMetadata()
    sections: tuple[ReadSection, ...] = ()
    questions: tuple[ReadQuestion, ...] = ()
    written_total: float | None = None
    #: How surely that number was read.
    written_total_confidence: Unit = 1.0
    warnings: tuple[Note, ...] = ()
    #: The texts of all pages in reading order, for search and duplicate detection.
    text: str = ""


PageImage.model_rebuild()
