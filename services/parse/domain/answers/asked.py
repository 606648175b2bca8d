"""What a sum, conversion, comparison or equation asks for, apart from what the student wrote."""

import re
from collections.abc import Sequence

from services.parse.domain.answers.results import result_place
from services.parse.domain.questions.passage_cuts import joined_text
from services.parse.domain.questions.spans import Span
from services.parse.domain.questions.stems import Area
from services.parse.domain.questions.sum_forms import UNIT
from services.parse.domain.questions.sums import Sum
from services.parse.domain.text.geometry import is_inside
from services.parse.domain.text.glyphs import Glyph, Passage, confidence_of
from shared.contract.reading import Asked, AskedKind

#: Stands where the answer stood.
PLACE = "____"
_SHUT = re.compile(r"[\s\u2003]*[)）\]】]?[\s\u2003]*")
_OPENS = re.compile(r"[（(\[【]")
_NUMBER = re.compile(r"[\s\u2003]*[\d.,oOlIqS|…/\-−\s]*")
_UNIT = re.compile(rf"{UNIT}")
#: A letter of a unit or a Chinese character; x alone is a sign of multiplication.
_HAS_UNIT = re.compile(r"[a-wyzA-WYZ]|[\u4e00-\u9fff]")
_OPERATION = re.compile(r"\s*[)）\]】](?P<more>[%％‰+＋\-−–×✕·÷:：/]\S*)")
#: Behind the first place stands another: 170秒=(2)分(50)秒 has two answers.
_MORE_PLACES = re.compile(r"[\s\u2003]*[（(\[【]")
_SIDE = r"[\d.\s+＋\-−–—×xX✕*·÷:：/()（）_a-z]"
_EQUATION = re.compile(rf"(?P<left>{_SIDE}+)[=＝](?P<right>{_SIDE}+)")
_SOLVED = re.compile(
    rf"(?P<left>{_SIDE}*?(?P<name>[a-z]){_SIDE}*?)[=＝](?P<right>[\d.\s/]++)"
    rf"[\s,，;；。]*+(?:解得|则|得|那么|∴)?\s*+(?P=name)\s*[=＝]\s*{PLACE}\s*[。.]?"
)
_BOXED = re.compile(
    rf"(?P<left>[^=＝\u4e00-\u9fff，,]*[□▢][^=＝\u4e00-\u9fff，,]*)[=＝](?P<right>[\d.\s/]+)"
    rf"[^\d]*[□▢]\s*(?:里|中|内)?(?:面)?(?:应该?|可以?)?(?:填|[=＝是为])\s*(?:的数是)?{PLACE}\s*[。.]?"
)
_RESULT = re.compile(r"[\s\u2003]*\d[\d.,]*(?:/\d+)?[\s\u2003]*")
_BRACKETS = "（()）[]【】"
#: A number in a bracket of its own may be the student's.
_FILLED = re.compile(r"[（(]\s*\d+\s*[)）]")
_BRACKETED = re.compile(r"[（(\[【]\s*_*\s*[)）\]】]")
_RUN = re.compile(r"(?:[_＿]{2,}\s*)+")
#: A longer text is a question in words.
_MOST_CHARACTERS = 80


def asked_of(passage: Passage, span: Span, answered: Sequence[Area]) -> Asked | None:
    """The arithmetic that a question is; None when it says more, or something else."""
    if span.sum is not None:
        found = _asked_sum(passage, span.sum)
    else:
        found = _asked_equation(passage, span, answered)
    return found if found is not None and _is_balanced(found.left) else None


def _is_balanced(text: str) -> bool:
    """Whether as many brackets are shut as opened: otherwise some of the text is missing."""
    return sum(text.count(char) for char in "(（[") == sum(text.count(char) for char in ")）]")


def _asked_sum(passage: Passage, item: Sum) -> Asked | None:
    """What a question that is a sum asks for; None for an estimate, or where its sign is lost."""
    if item.sign >= item.stop or passage.text[item.sign] == "≈":
        return None
    left = joined_text(passage.text[item.body : item.sign])
    printed = list(passage.inked(item.body, item.sign))
    if item.is_comparison:
        right = joined_text(passage.text[item.sign + 1 : item.stop])
        printed += passage.inked(item.sign + 1, item.stop)
        return _asked(AskedKind.COMPARISON, left, right, printed)
    if item.is_equation:
        return _asked_solved(f"{left}={PLACE}", printed)
    if item.hole is not None:
        return _asked_hole(passage, item, item.hole)
    if not _HAS_UNIT.search(left):
        more = _operation_behind(passage, item)
        kind = AskedKind.EQUATION if more else AskedKind.SUM
        return _asked(kind, left, PLACE + more, printed)
    begin, stop = _unit_behind(passage, item)
    right = PLACE + joined_text(passage.text[begin:stop])
    return _asked(AskedKind.CONVERSION, left, right, [*printed, *passage.inked(begin, stop)])


def _asked(kind: AskedKind, left: str, right: str, printed: Sequence[Glyph]) -> Asked:
    return Asked(kind=kind, left=left, right=right, confidence=confidence_of(printed))


def _asked_hole(passage: Passage, item: Sum, hole: tuple[int, int]) -> Asked | None:
    """The equation whose unknown stands in a bracket; None where its result is no number."""
    text = passage.text
    before, behind = text[item.body : hole[0]].rstrip(), text[hole[1] : item.sign].lstrip()
    left = joined_text(before[:-1] + PLACE + behind[1:])
    result = _RESULT.fullmatch(text, item.sign + 1, item.stop)
    if result is None:
        return None
    printed = [*passage.inked(item.body, hole[0]), *passage.inked(hole[1], item.stop)]
    return _asked(AskedKind.EQUATION, left, joined_text(result.group()), printed)


def _operation_behind(passage: Passage, item: Sum) -> str:
    """What is done to the answer in a bracket: 1/4=(25)%, 3/4=(6)÷8."""
    place = result_place(passage, item)
    if place is None or not _OPENS.search(passage.text, item.sign + 1, place.start):
        return ""
    found = _OPERATION.match(passage.text, place.stop, item.stop)
    return found["more"] if found else ""


def _unit_behind(passage: Passage, item: Sum) -> tuple[int, int]:
    """The slice of the unit behind the answer; all that is left where more answers follow."""
    place = result_place(passage, item)
    begin = item.sign + 1
    # Behind a bracket stands the unit; without one it is part of the place, behind the number.
    is_bracket = place is not None and _OPENS.search(passage.text, begin, place.start)
    pattern = _SHUT if is_bracket else _NUMBER
    found = pattern.match(passage.text, place.stop if place and is_bracket else begin, item.stop)
    begin = found.end() if found else begin
    unit = _UNIT.match(passage.text, begin, item.stop)
    if unit is None:
        return begin, begin
    is_last = _MORE_PLACES.match(passage.text, unit.end(), item.stop) is None
    return begin, unit.end() if is_last else item.stop


def _asked_equation(passage: Passage, span: Span, answered: Sequence[Area]) -> Asked | None:
    """The equation that a question consists of, with one place for a number in it.

    ``answered`` are the places of the answer: what stands there was written by the student.
    """
    text, printed = _printed_text(passage, span, answered)
    if len(text) > _MOST_CHARACTERS or text.count(PLACE) != 1 or _FILLED.search(text):
        return None
    whole = _EQUATION.fullmatch(text)
    if whole is not None and not re.search(r"[a-wyz]", text):
        sides = whole["left"].strip(), whole["right"].strip()
        kind = AskedKind.SUM if PLACE in sides else AskedKind.EQUATION
        # The result may stand before the sign, too: ____ = 3 + 4.
        left, right = sides[::-1] if sides[0] == PLACE else sides
        return _asked(kind, left, right, printed)
    solved = _asked_solved(text, printed)
    if solved is not None:
        return solved
    found = _BOXED.search(text)
    if found is None:
        return None
    left = re.sub("[□▢]", PLACE, found["left"])
    return _asked(AskedKind.EQUATION, left.strip(), found["right"].strip(), printed)


def _asked_solved(text: str, printed: Sequence[Glyph]) -> Asked | None:
    """The equation before what its unknown is: 8x=208,x=____."""
    found = _SOLVED.fullmatch(text)
    if found is None:
        return None
    left = found["left"].replace(found["name"], PLACE)
    return _asked(AskedKind.EQUATION, left.strip(), found["right"].strip(), printed)


def asked_text(passage: Passage, item: Sum) -> str:
    """A sum with a place for its answer, and whatever else stands in its row."""
    place = result_place(passage, item)
    begin, stop = (item.stop, item.stop) if place is None else (place.start, place.stop)
    if not item.is_comparison and _HAS_UNIT.search(passage.text, item.body, item.sign):
        # The unit stays: it is printed.
        stop = min(stop, _unit_behind(passage, item)[0])
    before, behind = passage.text[item.body : begin], passage.text[stop : item.stop]
    return joined_text(
        f"{before} {PLACE} {behind}" if item.is_comparison else before + PLACE + behind
    )


def _printed_text(
    passage: Passage, span: Span, answered: Sequence[Area]
) -> tuple[str, list[Glyph]]:
    """The question's text with one place for each answer, and its glyphs without the answers'."""
    parts: list[str] = []
    printed: list[Glyph] = []
    for glyph in passage.glyphs[span.body : span.stop]:
        is_written = glyph.char not in _BRACKETS and any(_is_at(glyph, area) for area in answered)
        parts.append(PLACE if is_written and not glyph.char.isspace() else glyph.char)
        if not is_written and not glyph.char.isspace():
            printed.append(glyph)
    text = _BRACKETED.sub(PLACE, _RUN.sub(PLACE, joined_text("".join(parts))))
    return _RUN.sub(PLACE, text), printed


def _is_at(glyph: Glyph, area: Area) -> bool:
    return glyph.page == area[0] and is_inside(glyph.bbox, area[1])
