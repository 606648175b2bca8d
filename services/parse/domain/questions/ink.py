"""Marks of pens, rules to write on, and places that were looked at, for each page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.parse.domain.questions.spans import Span
from services.parse.domain.text.geometry import centre, is_inside, right, shared_area, x_overlap
from services.parse.domain.text.glyphs import Glyph, Passage
from shared.contract.model import BBox
from shared.contract.reading import InkColour, MarkKind, PageText, PenMark, RegionKind

#: A row on which stands nothing but an empty rule reaches so far down, in heights of the row above.
_OWN_ROW = 2.8


@dataclass(frozen=True)
class Ink:
    """Marks and places by page, as the reading stage found them on the images.

    ``rules`` are to write on, ``empty`` places were looked at and hold no ink, ``unread`` ones hold
    ink that was not read, ``unmarked`` are labels of options without a mark.
    """

    marks: dict[int, tuple[PenMark, ...]] = field(default_factory=dict)
    rules: tuple[tuple[int, BBox], ...] = ()
    empty: tuple[tuple[int, BBox], ...] = ()
    unread: tuple[tuple[int, BBox], ...] = ()
    unmarked: tuple[tuple[int, BBox], ...] = ()

    @classmethod
    def of_pages(cls, pages: Iterable[PageText]) -> "Ink":
        """Collects the marks; the regions that are rules to write on; empty and unread places."""
        some = tuple(pages)

        def regions(kind: RegionKind) -> tuple[tuple[int, BBox], ...]:
            return tuple(
                (page.page, region.bbox)
                for page in some
                for region in page.regions
                if region.kind is kind
            )

        figures = regions(RegionKind.FIGURE)
        return cls(
            {page.page: page.marks for page in some},
            tuple(
                (page, rule)
                for page, rule in regions(RegionKind.BLANK)
                # A line of a drawing is nothing to write on.
                if not any(number == page and is_inside(rule, box) for number, box in figures)
            ),
            regions(RegionKind.EMPTY),
            regions(RegionKind.INK),
            regions(RegionKind.UNMARKED),
        )

    def is_empty(self, page: int, box: BBox) -> bool:
        """Whether a place was looked at and holds no ink."""
        return any(
            number == page and shared_area(box, empty) > 0.4 * empty[2] * empty[3]
            for number, empty in self.empty
        )

    def is_inked(self, page: int, box: BBox) -> bool:
        """Whether a place holds ink that was not read."""
        return any(number == page and is_inside(ink, box) for number, ink in self.unread)

    def is_unmarked(self, page: int, box: BBox) -> bool:
        """Whether a label was looked at and has no mark."""
        return any(number == page and is_inside(box, label) for number, label in self.unmarked)

    def is_on_rule(self, page: int, box: BBox) -> bool:
        """Whether a place is the room above a rule."""
        foot = box[1] + box[3]
        return any(
            number == page
            and x_overlap(box, rule) > 0.6 * box[2]
            and abs(rule[1] - foot) < 0.5 * box[3]
            for number, rule in self.rules
        )

    def is_struck(self, glyph: Glyph) -> bool:
        """Whether a strike runs through the middle of a glyph."""
        return self.struck_confidence(glyph) > 0

    def struck_confidence(self, glyph: Glyph) -> float:
        """How sure it is that the student's strike runs through the middle of a glyph; 0 for none.

        Red strokes are the teacher's.
        """
        x, _ = centre(glyph.bbox)
        return max(
            (
                mark.confidence
                for mark in self.marks.get(glyph.page, ())
                if mark.kind is MarkKind.STRIKE
                and mark.colour is not InkColour.RED
                and mark.bbox[0] <= x <= right(mark.bbox)
                and abs(centre(mark.bbox)[1] - centre(glyph.bbox)[1]) < 0.4 * glyph.bbox[3]
            ),
            default=0.0,
        )

    def rules_in(self, passage: Passage, span: Span) -> tuple[tuple[int, BBox], ...]:
        """The rules to write on that lie within a question, in reading order.

        Where there is none, one on a row of its own below the last row is the question's.
        """
        rows = [
            (page, box, _other_columns(passage, page, column))
            for row in passage.rows(span.start, span.stop)
            for (page, column), box in passage.parts(*row).items()
        ]
        found: list[tuple[int, BBox]] = []
        for page, box, others in rows:
            low = box[1] + 1.45 * box[3]
            found += self._rules_at(page, box, low, [rule for _, rule in found], others)
        if not found and rows:
            page, box, others = rows[-1]
            low = _below_last(passage, span.stop, page, box)
            found = self._rules_at(page, box, low, (), others)
        return tuple(found)

    def _rules_at(
        self, page: int, box: BBox, low: float, known: Sequence[BBox], others: Sequence[BBox]
    ) -> list[tuple[int, BBox]]:
        """The rules of a row, which are a little below its text and may run past its last word.

        ``others`` are the columns beside it, whose rules are theirs.
        """
        return [
            (number, rule)
            for number, rule in self.rules
            if number == page
            and rule not in known
            and not any(_is_within(rule, other) for other in others)
            and (
                box[0] - box[3] <= centre(rule)[0] <= box[0] + box[2] + 8 * box[3]
                # A short answer alone stands anywhere on its rule.
                or x_overlap(box, rule) > 0.5 * box[2]
            )
            and box[1] + 0.35 * box[3] <= centre(rule)[1] <= low
        ]


def _other_columns(passage: Passage, page: int, column: int) -> list[BBox]:
    """The columns of a page that stand beside one of them."""
    own = passage.columns[page, column]
    return [
        box
        for (number, other), box in passage.columns.items()
        if number == page and other != column and x_overlap(own, box) <= 0
    ]


def _is_within(rule: BBox, column: BBox) -> bool:
    return column[0] <= centre(rule)[0] <= right(column)


def _below_last(passage: Passage, stop: int, page: int, box: BBox) -> float:
    """How far below a question's last row a rule on a row of its own is still the question's."""
    low = box[1] + _OWN_ROW * box[3]
    after = next((g for g in passage.glyphs[stop:] if not g.char.isspace()), None)
    if after is not None and after.page == page and after.bbox[1] > box[1]:
        return min(low, after.bbox[1] + 0.3 * after.bbox[3])
    return low
