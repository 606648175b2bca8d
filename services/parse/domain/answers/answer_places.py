"""Places for an answer inside a question: brackets, blanks, what follows 答案 or Answer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.parse.domain.answers.confidence import GUESSED_PLACE, LONE_SIGN, PRINT_ON_RULE
from services.parse.domain.text.geometry import bottom, centre, overlap, right, x_overlap
from services.parse.domain.text.glyphs import GAP, Glyph, Passage
from shared.contract.model import BBox


class PlaceKind(StrEnum):
    """What marks the place for an answer."""

    #: （ B ）
    BRACKET = "bracket"
    #: ____ or a ruled line found on the page.
    BLANK = "blank"
    #: A letter or sign before the number.
    LEADING = "leading"
    #: Behind the = of a sum, or the sign of a comparison.
    RESULT = "result"
    #: 答案： / Answer:
    KEYWORD = "keyword"
    #: A sign that stands apart.
    LONE = "lone"
    #: White space wide enough for an answer.
    GAP = "gap"
    #: All that stands after a number, as on an answer sheet.
    WHOLE = "whole"
    #: Where an answer would most likely stand, without any sign of a place for it.
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Place:
    """A place and the slice of glyphs in it; ``bbox`` is the place itself.

    ``indexes`` are the glyphs in it, where they are no slice: the ones that stand on a rule.
    """

    kind: PlaceKind
    start: int
    stop: int
    page: int
    bbox: BBox
    indexes: tuple[int, ...] = ()
    #: Lower for a place that is damaged, such as a bracket without its second half.
    certainty: float = 1.0


_BRACKET = re.compile(r"[（(\[〔【{]([^（()）\[\]〔〕【】\n]{0,14})[)）\]〕】}]")
#: Where it is said that answers go into brackets: 在（）里填上合适的单位, 把序号填在（）里.
_INSTRUCTION = re.compile(
    r"在\s*[（(]\s*[)）]\s*[里内中]\s*[填写画打]|[填写画打]在\s*[（(]\s*[)）]\s*[里内中]"
)
_HALF_OPEN = re.compile(r"[（(]([\s\u2003]*[A-H√×✓TF对错](?:[\s\u2003]|$)*)$", re.MULTILINE)
_HALF_SHUT = re.compile(r"(?<![A-Za-z\d])([A-H√×✓TF对错])[\s\u2003]*[)）]\s*[.。]?$", re.MULTILINE)
_LEADING = re.compile(
    r"[\s_]*([A-H√×✓TF]{1,4})[\s_\u2003]*[)）]?\s*(?=\d|[（(]\s*\d|[①-⑳㉑-㉟㊱-㊿]|Q|第)"
)
_RULE = re.compile(r"[_＿]{2,}(?:([^_＿\n]{0,24}?)[_＿]{2,})?")
_TAIL = re.compile(r"[=＝是为于:：][\s\u2003]*([^=＝是为于:：\n]{1,24})[.。]?$", re.MULTILINE)
_MAX_GUESS = 24
#: A blank goes on in the next row, at most so far below, where it ends so near to its column's edge
#: that no mark fits behind it and the other begins at the left edge, indented at most so far; all
#: in heights of its writing.
MAX_ROW_STEP, MAX_MARGIN, MAX_INDENT = 3.0, 0.6, 2.0
_MAX_WHOLE = 40
_KEYWORD = re.compile(
    r"(?:(?<![\u4e00-\u9fff])(?:我的)?答案?|解|\bAnswers?|\bAns)\s*(?:是|为)?\s*[:：]\s*",
    re.IGNORECASE,
)


def _box(passage: Passage, start: int, stop: int) -> tuple[int, BBox]:
    glyphs = passage.glyphs[start:stop] or passage.glyphs[start - 1 : start]
    left = min(glyph.bbox[0] for glyph in glyphs)
    top = min(glyph.bbox[1] for glyph in glyphs)
    far = max(right(glyph.bbox) for glyph in glyphs)
    low = max(bottom(glyph.bbox) for glyph in glyphs)
    return glyphs[0].page, (left, top, far - left, low - top)


def _place(
    passage: Passage, kind: PlaceKind, inner: tuple[int, int], outer: tuple[int, int], sure: float
) -> Place:
    page, box = _box(passage, *outer)
    return Place(kind, inner[0], inner[1], page, box, certainty=sure)


def brackets(passage: Passage, start: int, stop: int) -> Iterator[Place]:
    """All short brackets of a slice, then halves of brackets around one letter or sign.

    Those of an instruction are no places.
    """
    taken = [match.span() for match in _INSTRUCTION.finditer(passage.text, start, stop)]
    for match in _BRACKET.finditer(passage.text, start, stop):
        if any(a <= match.start() and match.end() <= b for a, b in taken):
            continue
        taken.append(match.span())
        yield _place(passage, PlaceKind.BRACKET, match.span(1), match.span(), 1.0)
    for pattern in (_HALF_OPEN, _HALF_SHUT):
        for match in pattern.finditer(passage.text, start, stop):
            if not any(a < match.end() and match.start() < b for a, b in taken):
                yield _place(passage, PlaceKind.BRACKET, match.span(1), match.span(), 0.9)


def leading(passage: Passage, start: int, body: int) -> Iterator[Place]:
    """A bare letter or sign between the start of the row and the question's number."""
    match = _LEADING.match(passage.text, start, body)
    if match is not None:
        # A sign there is more often the teacher's than the student's.
        sure = 0.95 if match[1].isalpha() else 0.5
        yield _place(passage, PlaceKind.LEADING, match.span(1), match.span(1), sure)


def keyword(passage: Passage, start: int, stop: int) -> Iterator[Place]:
    """What follows the last 答案： or Answer: up to the end of the slice."""
    matches = list(_KEYWORD.finditer(passage.text, start, stop))
    if matches:
        begin = matches[-1].end()
        end = max(begin, stop)
        yield _place(
            passage,
            PlaceKind.KEYWORD,
            (begin, end),
            (matches[-1].start(), max(end, begin + 1)),
            1.0,
        )


def printed_rules(passage: Passage, start: int, stop: int) -> Iterator[Place]:
    """Blanks that the reader saw as underscores, with what stands between them."""
    for match in _RULE.finditer(passage.text, start, stop):
        inner = match.span(1) if match[1] is not None else (match.start(), match.start())
        yield _place(passage, PlaceKind.BLANK, inner, match.span(), 1.0)


def ruled_blanks(
    passage: Passage, start: int, stop: int, rules: Sequence[tuple[int, BBox]]
) -> Iterator[Place]:
    """Blanks found on the page image as (page, box of the rule): the glyphs that stand on them."""
    glyphs = passage.glyphs
    standing: dict[tuple[int, BBox], list[int]] = {place: [] for place in rules}
    for index in range(start, stop):
        glyph = glyphs[index]
        if glyph.char.isspace() or glyph.char in "_＿":
            continue
        under = [rule for page, rule in rules if page == glyph.page and _stands(glyph, rule)]
        if under:
            # Between two rules writing stands on the nearer one.
            nearest = min(under, key=lambda rule: abs(rule[1] - bottom(glyph.bbox)))
            standing[glyph.page, nearest].append(index)
    for (page, rule), every in standing.items():
        written = _written_apart(passage, every)
        certainty = 1.0 if written or not every else PRINT_ON_RULE
        on_rule = written or every
        height = max((glyphs[i].bbox[3] for i in on_rule), default=glyphs[start].bbox[3])
        box = (rule[0], rule[1] - height, rule[2], height + rule[3])
        first = on_rule[0] if on_rule else start
        yield Place(PlaceKind.BLANK, first, first, page, box, tuple(on_rule), certainty)


def _stands(glyph: Glyph, rule: BBox) -> bool:
    height = glyph.bbox[3]
    x, y = centre(glyph.bbox)
    is_low = y < rule[1] + 0.3 * height and bottom(glyph.bbox) > rule[1] - 0.8 * height
    return is_low and rule[0] <= x <= right(rule)


def continues(passage: Passage, one: Place, other: Place) -> bool:
    """Whether a blank goes on as another at the start of the next row, as rules for sentences do.

    The first ends where its column does, so that no mark follows it; the second begins with it.
    """
    if (one.kind, other.kind) != (PlaceKind.BLANK, PlaceKind.BLANK) or one.page != other.page:
        return False
    line = min(one.bbox[3], other.bbox[3])
    drop = bottom(other.bbox) - bottom(one.bbox)
    return 0.5 * line < drop < MAX_ROW_STEP * line and any(
        page == one.page
        and right(one.bbox) > right(box) - MAX_MARGIN * line
        and abs(other.bbox[0] - box[0]) < MAX_INDENT * line
        and x_overlap(box, other.bbox) > 0.5 * other.bbox[2]
        for (page, _), box in passage.columns.items()
    )


def _written_apart(passage: Passage, on_rule: list[int]) -> list[int]:
    """Of the glyphs on a rule those of segments that stand on it as a whole.

    A reader that looked at the rule gives its writing as a segment of its own; what else reaches
    it belongs to the rows above and below.
    """
    glyphs = passage.glyphs
    whole: list[int] = []
    for page, segment in {(glyphs[i].page, glyphs[i].segment) for i in on_rule}:
        here = [i for i in on_rule if (glyphs[i].page, glyphs[i].segment) == (page, segment)]
        size = sum(1 for glyph in glyphs if (glyph.page, glyph.segment) == (page, segment))
        if len(here) == size:
            whole += here
    return sorted(whole)


def gaps(passage: Passage, start: int, stop: int) -> Iterator[Place]:
    """White space inside a row that is wide enough for an answer and empty."""
    for index in range(start, stop):
        glyph = passage.glyphs[index]
        if passage.text[index] == GAP and glyph.bbox[2] > 2.2 * glyph.bbox[3]:
            yield _place(passage, PlaceKind.GAP, (index, index + 1), (index, index + 1), 1.0)


def lone(passage: Passage, start: int, stop: int) -> Iterator[Place]:
    """Single signs of a stem that stand apart: their brackets were not read, or there are none."""
    for match in re.finditer(r"(?<!\S)\S(?!\S)", passage.text[start:stop]):
        at = start + match.start()
        glyph = passage.glyphs[at]
        is_alone = all(
            not 0 <= other < len(passage.glyphs) or passage.glyphs[other].segment != glyph.segment
            for other in (at - 2, at - 1, at + 1, at + 2)
        )
        if is_alone:
            certainty = 1.0 if glyph.likely else LONE_SIGN
            yield _place(passage, PlaceKind.LONE, (at, at + 1), (at, at + 1), certainty)


def whole(passage: Passage, start: int, stop: int) -> Iterator[Place]:
    """Everything after the number, where that is short: answer sheets print only numbers."""
    text = passage.text[start:stop]
    if text.strip() and len(text) <= _MAX_WHOLE:
        yield _place(passage, PlaceKind.WHOLE, (start, stop), (start, stop), 0.95)


def guesses(passage: Passage, start: int, stop: int) -> Iterator[Place]:
    """What stands after the last =, 是 or 为 of a row, or else a piece that stands by itself.

    Only for questions to be filled in whose rule was not found on the image.
    """
    for match in _TAIL.finditer(passage.text, start, stop):
        yield _place(passage, PlaceKind.GUESS, match.span(1), match.span(1), GUESSED_PLACE)
        return
    for row, end in passage.rows(start, stop):
        pieces = [m.span() for m in re.finditer(r"[^\u2003\n]+", passage.text[row:end])]
        if len(pieces) > 1 and pieces[-1][1] - pieces[-1][0] <= _MAX_GUESS:
            inner = (row + pieces[-1][0], row + pieces[-1][1])
            yield _place(passage, PlaceKind.GUESS, inner, inner, GUESSED_PLACE)
            return


def covers(place: Place, page: int, box: BBox) -> bool:
    """Whether a mark at ``box`` stands in the place."""
    x, y = centre(box)
    tall = place.bbox[3]
    shared = overlap(place.bbox[0], right(place.bbox), box[0], right(box))
    return (
        place.page == page
        and (place.bbox[0] <= x <= right(place.bbox) or shared > 0.6 * box[2])
        and place.bbox[1] - 0.4 * tall <= y <= bottom(place.bbox) + 0.4 * tall
    )
