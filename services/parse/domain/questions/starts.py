"""Finds the numbers on the pages that may begin questions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.parse.domain.headings.sections import Heading
from services.parse.domain.questions.sums import Sum
from services.parse.domain.text.geometry import median
from services.parse.domain.text.glyphs import GAP, Passage
from services.parse.domain.text.numbering import LEVELS, NumberToken, Style, read_number
from shared.contract.answer_key import AnswerKey
from shared.contract.notation.labels import plain_label
from shared.contract.notation.verdicts import PEN_MARKS

_NUMBER_NEXT = r"(?=\d|[（(]\s*\d|[①-⑳㉑-㉟㊱-㊿○]|Q\s*\d|第\s*\d)"
#: An answer may stand before the number: （ √ ）1. or ____1. or B 1.; or a teacher's tick: √1.
_LEADING_ANSWER = re.compile(
    rf"\s*+(?:[（(\[〔][^（()）\]〕\d]{{0,6}}[)）\]〕]|[_＿]++\s*+\S{{0,3}}?[_＿\s]*+"
    rf"|[A-H√×✓TF]{{1,4}}\s++|[{PEN_MARKS}]\s*+)\s*+{_NUMBER_NEXT}"
)
#: Half a bracket, or one with a figure in it, is an answer when a number follows that is clear
#: by itself: A) Q1. or （0）（5）.
_MISREAD_ANSWER = re.compile(
    rf"\s*+(?:[{PEN_MARKS}]\s*+)?(?:"
    r"[（(]?\s*+[^\s()（）]{0,2}\s*+[)）]\s*+(?=Q\s*\d|第\s*\d|[（(]\s*\d{1,2}\s*[)）]|[①-⑳㉑-㉟㊱-㊿])"
    r"|[A-H√×TF]?\s*+[)）]\s*+(?=\d{1,3}\s*[.．、)）])"
    # A hasty F or T may look like a figure; a printed number does not follow another.
    r"|[（(]\s*[17]\s*[)）]\s*(?=\d{1,3}\s*[.．、](?!\d)))"
)
_BRACKETED = re.compile(r"\s*(?P<open>[（(\[〔])\s*(?P<inner>\S{1,4}?)\s*[)）\]〕]\s*(?=\S)")
#: What readers make of the rim of a circled number.
_RIM = re.compile(r"[\s\-—–·.,，(（]{0,3}(?=[①-⑳㉑-㉟㊱-㊿])")
#: A circled number that was not read, or its rim alone.
_UNREAD = re.compile(r"[○®©@◎⊙][\s.．、]*[\u4e00-\u9fff（(《“A-Z]")
#: What stands for the number of such a start; where it is clear that it is one.
UNREAD_NUMBER, _UNREAD_WEIGHT = 0, 0.95
_OPTION_LEAD = re.compile(r"\s*[（(][A-H][)）]\s*")
#: The last number that most fonts have a ring for; papers with more rings go on behind it.
_LAST_RING, _FEW_RINGS = 20, 15
#: What a second reading of a circled number weighs less than the first.
_CIRCLED_AS = 0.35
#: Letters that number questions are counted from here.
_BEFORE_A = ord("a") - 1
_INSTRUCTIONS = re.compile(
    r"\s*(?:[★☆*※◆]\s*)?(?:注意事项|考生须知|答题须知"
    r"|答题要求|考生注意|温馨提示|说明"
    r"|instructions?\b|directions\b|notes?\s*[:：]|important\b"
    r"|read (?:the|these) .{0,40}carefully)",
    re.IGNORECASE,
)


#: What only the rules of an answer card say; so many rows of it are no chance.
_CARD_RULE = re.compile(
    r"答题前|2\s*B\s*铅笔|草稿纸|卡面|填涂|涂黑|条形码|超出答题|黑色字迹|签字笔|橡皮擦"
)
_CARD_RULES = 2


@dataclass(frozen=True, slots=True)
class Start:
    """A place where a question may begin. ``index`` is where its row or segment begins.

    ``number_at`` is the index of the number, ``body`` the one after it; ``section`` counts headings
    passed, 0 before the first. ``number`` is UNREAD_NUMBER where only a ring was seen.
    """

    index: int
    number_at: int
    body: int
    style: Style
    number: int
    section: int
    weight: float
    is_doubtful: bool = False
    #: The sum, conversion or comparison that the question is, where it is one.
    sum: Sum | None = None

    @property
    def spelling(self) -> str:
        """The number as the question is addressed."""
        return chr(_BEFORE_A + self.number) if self.style is Style.LETTER else str(self.number)


@dataclass(frozen=True, slots=True)
class _Layout:
    passage: Passage
    headings: Sequence[Heading]
    numbers: dict[str, frozenset[str]]
    lefts: dict[tuple[int, int], float]
    em: float


def _layout(passage: Passage, headings: Sequence[Heading], key: AnswerKey | None) -> _Layout:
    edges: dict[tuple[int, int], list[float]] = {}
    heights = []
    for start, stop in passage.rows(0, len(passage.text)):
        if stop > start:
            glyph = passage.glyphs[start]
            edges.setdefault((glyph.page, glyph.column), []).append(glyph.bbox[0])
            heights.append(glyph.bbox[3])
    numbers: dict[str, frozenset[str]] = {}
    for section in key.sections if key else ():
        label = plain_label(section.label)
        # The key may ask for parts: 19(1) is part of the question 19.
        found = frozenset(
            re.split(r"[-.．（(]", plain_label(question.number))[0]
            for question in section.questions
        )
        numbers[label] = numbers.get(label, frozenset()) | found
    lefts = {place: sorted(xs)[len(xs) // 8] for place, xs in edges.items()}
    return _Layout(passage, headings, numbers, lefts, 0.8 * median(heights, 20.0))


def _weight(layout: _Layout, index: int, token: NumberToken, label: str) -> float:
    passage = layout.passage
    weight = 0.2 if token.is_doubtful else 1.0
    if token.style is Style.BARE:
        weight = 0.15
    glyph = passage.glyphs[index]
    is_row_start = index == 0 or passage.text[index - 1] == "\n"
    if is_row_start:
        left = layout.lefts.get((glyph.page, glyph.column), glyph.bbox[0])
        weight += 0.3 if glyph.bbox[0] - left < 1.6 * layout.em else -0.1
    else:
        weight -= 0.35
    known = layout.numbers.get(plain_label(label))
    if known is None and layout.numbers:
        known = frozenset().union(*layout.numbers.values())
    if known is not None:
        weight += 0.4 if str(token.number) in known else -1.0
    return weight


def _positions(passage: Passage) -> list[int]:
    """Where a number could start a question: at row starts and after wide gaps."""
    positions = []
    for start, stop in passage.rows(0, len(passage.text)):
        positions.append(start)
        positions += [
            i + 1
            for i in range(start, stop)
            if passage.text[i] == GAP
            or (
                passage.text[i] == " "
                and passage.glyphs[i + 1].segment != passage.glyphs[i - 1].segment
                and i > start
            )
        ]
    return positions


def _instructed(passage: Passage, headings: Sequence[Heading]) -> tuple[int, int]:
    """The slice of instructions to candidates, whose numbered points are no questions."""
    first = headings[0].start if headings else len(passage.text)
    for start, stop in passage.rows(0, first):
        if not _INSTRUCTIONS.match(passage.text[start:stop]):
            continue
        expected = 1
        for row, end in passage.rows(stop + 1, first):
            token = read_number(passage.text[row:end].lstrip())
            if token is not None and token.style in LEVELS[0]:
                if token.number < expected:
                    return start, row
                expected = token.number + 1
        return start, (first if headings else start)
    return _ruled(passage, first) if headings else (0, 0)


def _ruled(passage: Passage, first: int) -> tuple[int, int]:
    """The slice of rules for filling in an answer card, before its first heading."""
    rows = [row for row, end in passage.rows(0, first) if _CARD_RULE.search(passage.text[row:end])]
    return (rows[0], first) if len(rows) >= _CARD_RULES else (0, 0)


def _written_answer(passage: Passage, index: int, text: str) -> re.Match[str] | None:
    """A bracket before a number whose inside was read apart from it, as writing is: （ 7 ）10)."""
    match = _BRACKETED.match(text)
    if match is None:
        return None
    outer = passage.glyphs[index + match.start("open")].segment
    inner = {passage.glyphs[index + at].segment for at in range(*match.span("inner"))}
    return match if outer not in inner else None


def _is_option_with_decimal(text: str, lead: str, body: int) -> bool:
    """Whether a row is an option, such as (B)5.7, rather than an answer and a number: (B)5. 7."""
    return _OPTION_LEAD.fullmatch(lead) is not None and text[body : body + 1].isdigit()


def _unread(index: int, ring_at: int, headings: Sequence[Heading]) -> Start:
    """The start of a question whose circled number was seen but not read."""
    section = sum(1 for heading in headings if heading.start <= index)
    return Start(
        index, ring_at, ring_at + 1, Style.CIRCLED, UNREAD_NUMBER, section, _UNREAD_WEIGHT, True
    )


def _beyond_rings(starts: Sequence[Start]) -> list[Start]:
    """The starts; where numbers stand in rings, (21) continues them: fonts end at ⑳."""
    has_rings = any(start.style is Style.CIRCLED and start.number > _FEW_RINGS for start in starts)
    return [
        replace(start, style=Style.CIRCLED)
        if has_rings and start.style is Style.PAREN and start.number > _LAST_RING
        else start
        for start in starts
    ]


def find_starts(
    passage: Passage, headings: Sequence[Heading], key: AnswerKey | None = None
) -> tuple[Start, ...]:
    """All places that look like the start of a question, in reading order."""
    layout = _layout(passage, headings, key)
    hidden = _instructed(passage, headings)
    starts = []
    for index in _positions(passage):
        if hidden[0] <= index < hidden[1] or any(h.start <= index < h.stop for h in headings):
            continue
        stop = passage.row_stop(index)
        text = passage.text[index:stop]
        is_row = index == 0 or passage.text[index - 1] == "\n"
        bracket = (
            _written_answer(passage, index, text)
            or _MISREAD_ANSWER.match(text)
            or _LEADING_ANSWER.match(text)
            or _RIM.match(text)
        )
        skipped = bracket.end() if bracket else len(text) - len(text.lstrip())
        token = read_number(text[skipped:])
        if token is None and is_row and _UNREAD.match(text, skipped):
            starts.append(_unread(index, index + skipped, headings))
        if token is None or (bracket and token.style is Style.BARE):
            continue
        if bracket and _is_option_with_decimal(text, bracket.group(), skipped + token.length):
            continue
        section = sum(1 for heading in headings if heading.start <= index)
        if headings and section == 0 and token.is_doubtful:
            continue
        label = headings[section - 1].label if section else ""
        body = index + skipped + token.length
        weight = _weight(layout, index, token, label)
        start = Start(
            index,
            index + skipped,
            body,
            token.style,
            token.number,
            section,
            weight,
            token.is_doubtful,
        )
        starts.append(start)
        if token.style is Style.CIRCLED and token.number < 10:
            # ⑫ is often read as ②.
            other = replace(token, number=token.number + 10)
            weight = _weight(layout, index, other, label) - _CIRCLED_AS
            starts.append(replace(start, number=other.number, weight=weight))
    return tuple(_beyond_rings(starts))
