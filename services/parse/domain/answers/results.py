"""Where the result of a sum stands, and what it says."""

import re
from collections.abc import Sequence
from dataclasses import replace

from services.parse.domain.answers.answer_places import Place, PlaceKind
from services.parse.domain.answers.answer_text import Meaning, as_words
from services.parse.domain.questions.sums import Sum
from services.parse.domain.text.geometry import bottom, median, right, union
from services.parse.domain.text.glyphs import GAP, Glyph, Passage

_OPENS = "（([【"
_BRACKET = re.compile(r"[\s\u2003]*[（(\[【](?P<inner>[^（(）)\n]*)(?P<closed>[)）\]】]?)")
#: Digits with what readers take them for: in the place of a number they are one.
_NUMBER_RUN = re.compile(r"[\s\u2003]*+(?P<inner>[\d.oOlIqS|…/\-−\s]*\d[\d.oOlIqS|…/\-−\s]*)")
_LOOK_ALIKE = str.maketrans("oOlI|qS", "0011195")
_SIGNS = {"<": "<", "＜": "<", ">": ">", "＞": ">", "=": "=", "＝": "="}
_MINUS = re.compile(r"[\-−–—]")
_EMPTY_RINGS = frozenset("○〇◯")
#: What a look-alike leaves of a number's sureness, and a bracket whose end was not seen. No real
#: answer with one of them was sure and right often enough to be told so.
_LOOKED_ALIKE, _HALF_OPEN = 0.6, 0.7


#: A figure that takes so much more room than the line's others may stand for two equal ones, which
#: readers join: 6000 reads 60. On a real drill 4 of 12 such results were wrong, 1 of 20 others.
_WIDE, _MAY_LACK = 1.35, 0.6


def lacks_none(glyphs: Sequence[Glyph], passage: Passage, asked: Sum) -> float:
    """How sure it is that no figure of a result was lost between others: 1, or less."""
    digits = [glyph for glyph in glyphs if glyph.char.isdigit()]
    if asked.is_comparison or not digits:
        return 1.0
    segment = digits[0].segment
    line = [
        glyph.bbox[2]
        for glyph in passage.glyphs[asked.start : asked.stop]
        if glyph.segment == segment and glyph.char.isdigit()
    ]
    widest = max(glyph.bbox[2] for glyph in digits)
    return _MAY_LACK if widest > _WIDE * median(line, widest) else 1.0


def result_place(passage: Passage, asked: Sum) -> Place | None:
    """The place behind the sign: inside of its bracket, or all up to the next gap.

    None where the sign was not read: what stands behind it may be lost with it.
    """
    if asked.sign >= asked.stop:
        return None
    if asked.is_comparison:
        glyph = passage.glyphs[asked.sign]
        return Place(PlaceKind.RESULT, asked.sign, asked.sign + 1, glyph.page, glyph.bbox)
    if asked.hole is not None:
        return _place(passage, asked, *asked.hole, 1.0)
    begin = asked.sign + 1
    bracket = _BRACKET.match(passage.text, begin, asked.stop)
    if bracket is not None:
        certainty = 1.0 if bracket["closed"] else _HALF_OPEN
        stop = bracket.end("inner")
        if not bracket["closed"]:
            run = _NUMBER_RUN.match(passage.text, bracket.start("inner"), stop)
            stop = run.end() if run else stop
        return _place(passage, asked, bracket.start("inner"), stop, certainty)
    while begin < asked.stop and passage.text[begin].isspace():
        begin += 1
    gap = passage.text.find(GAP, begin, asked.stop)
    return _place(passage, asked, begin, asked.stop if gap < 0 else gap, 1.0)


def without_bar(meaning: Meaning, left: str) -> Meaning:
    """A result without the dash that the lower bar of a pen's = was read as, 9+2=-11.

    Where nothing is taken away no result is below zero. Never sure.
    """
    if not meaning.text.startswith("-") or _MINUS.search(left):
        return meaning
    return replace(meaning, text=meaning.text[1:], plausibility=_LOOKED_ALIKE)


def _place(passage: Passage, asked: Sum, start: int, stop: int, certainty: float) -> Place:
    inked = passage.inked(start, stop)
    sign = passage.glyphs[asked.sign]
    if inked:
        box = union([glyph.bbox for glyph in inked])
    else:
        box = (right(sign.bbox), sign.bbox[1], 2 * sign.bbox[3], bottom(sign.bbox) - sign.bbox[1])
    return Place(PlaceKind.RESULT, start, stop, sign.page, box, certainty=certainty)


def as_result(raw: str, *, is_comparison: bool) -> Meaning | None:
    """The meaning of what stands there; None when it is nothing.

    A number is spelled in digits; the unit that is printed behind it is left out.
    """
    text = raw.strip(" \u2003_＿.。,，;；")
    if is_comparison:
        return None if not text or text in _EMPTY_RINGS else Meaning(_SIGNS.get(text, text), 1.0)
    run = _NUMBER_RUN.match(text)
    rest = text[run.end() :] if run else text
    if run is None or not re.fullmatch(r"[\u4e00-\u9fff]{0,5}|[a-zA-Z²³]{0,3}", rest):
        return as_words(raw)
    spelled = re.sub(r"[\s\u2003]+", "", run["inner"])
    number = spelled.translate(_LOOK_ALIKE).replace("…", "...")
    return Meaning(number, 1.0 if number == spelled else _LOOKED_ALIKE, is_free=True)
