"""What a drawn paper consists of: questions, the student's responses, and how it is laid out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from shared.contract.questions import QuestionType

#: Stands in a stem where the answer goes: inside brackets, or alone for a ruled blank.
PLACE = "␣"


class Manner(StrEnum):
    """How a student put the answer on the paper."""

    #: Written once at its place.
    PLAIN = "plain"
    #: A first answer crossed out, the final one beside it.
    REWRITTEN = "rewritten"
    #: The option's letter circled.
    CIRCLED = "circled"
    #: The option's letter ticked.
    TICKED = "ticked"
    #: Nothing written.
    EMPTY = "empty"


class AnswerPlace(StrEnum):
    """Where a section's answers are written."""

    #: In the question's own bracket or blank.
    INLINE = "inline"
    #: In a bracket before the question number.
    FRONT = "front"
    #: In a ruled table under the section heading.
    TABLE = "table"
    #: In a ruled table at the end of the paper.
    TABLE_AT_END = "table_at_end"
    #: By marking the printed options.
    OPTIONS = "options"


@dataclass(frozen=True, slots=True)
class Response:
    """``text`` is what the student means ("" when empty); ``first`` is the crossed-out attempt."""

    text: str
    manner: Manner = Manner.PLAIN
    first: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One question. Formulas stand between dollar signs; ``PLACE`` is where the answer goes."""

    number: str
    type: QuestionType
    stem: str
    answer: str
    points: float
    response: Response
    options: tuple[str, ...] = ()
    knowledge_points: tuple[str, ...] = ()
    difficulty: float | None = None
    #: Printed before the question: what it and the next ones are about.
    material: str = ""
    #: Name of a drawing of ``figures`` below the stem.
    figure: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the response equals the answer; alternatives are separated by ``|``."""
        return self.response.text in self.answer.split("|")


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group. ``heading`` is printed as it stands, ``label`` addresses its questions."""

    label: str
    heading: str
    items: tuple[Item, ...]
    place: AnswerPlace = AnswerPlace.INLINE
    title: str = ""
    note: str = ""

    @property
    def points(self) -> float:
        """The sum of the section's points."""
        return sum(item.points for item in self.items)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the print looks. Lengths are in millimetres, the text size in points."""

    name: str = "one column"
    width_mm: float = 210
    height_mm: float = 297
    margin_mm: tuple[float, float, float, float] = (18, 18, 18, 18)
    columns: int = 1
    is_bound: bool = False
    has_score_table: bool = False
    is_fullwidth: bool = True
    has_item_points: bool = False
    number_style: str = "{}．"
    option_style: str = "{}．"
    body_font: str = "Noto Serif SC"
    heading_font: str = "Noto Sans SC"
    size_pt: float = 10.5
    leading_em: float = 0.75
    has_trap_print: bool = False
    table_words: tuple[str, str] = ("题号", "答案")
    footer: str = "第{page}页　共{pages}页"

    def printed_number(self, number: str) -> str:
        """``number`` in the paper's style; the style ``circled`` has digits up to 20."""
        if self.number_style == "circled":
            return chr(ord("①") + int(number) - 1) if int(number) <= 20 else f"({number})"
        return self.number_style.format(number)

    def printed_lead(self, item: Item) -> str:
        """What is printed before a stem: its number, and its points where the paper says them."""
        number = self.printed_number(item.number)
        if not self.has_item_points:
            return number
        points = f"（{item.points:g}分）" if self.is_fullwidth else f"({item.points:g} points) "
        return number + points


@dataclass(frozen=True, slots=True)
class Paper:
    """A completed paper. ``head`` are (label, handwritten value) pairs under the title."""

    title: str
    subject: str
    grade: str
    sections: tuple[Section, ...]
    layout: Layout = field(default_factory=Layout)
    language: str = "zh"
    subtitle: str = ""
    notice: tuple[str, ...] = ()
    head: tuple[tuple[str, str], ...] = ()
    is_marked: bool = False

    @property
    def points(self) -> float:
        """The sum of all questions' points."""
        return sum(section.points for section in self.sections)

    @property
    def earned(self) -> float:
        """The points of all right responses."""
        return sum(item.points for _, _, item in self.addressed() if item.is_right)

    def addressed(self) -> Iterator[tuple[str, Section, Item]]:
        """Every question with its address: ``label.number``, or the number without sections."""
        for section in self.sections:
            for item in section.items:
                yield f"{section.label}.{item.number}".lstrip("."), section, item
