"""The characters that the reading of whole lines has at an answer place, and taking them out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from services.ocr.domain.places.answer_places import AnswerPlace, PlaceKind
from services.ocr.domain.places.bracket_search import hidden_end
from services.ocr.domain.places.place_writing import (
    MIN_TALL_EM,
    MIN_TALL_WORDS_EM,
    Writing,
    is_tall,
)
from services.ocr.domain.places.read_brackets import CLOSING, OPENING
from services.ocr.domain.text.ctc import Reading
from services.ocr.domain.text.numerals import is_number, may_be_number
from shared.contract.model import BBox
from shared.contract.notation.look_alikes import SIGN_SPELLINGS
from shared.contract.reading import TextChar, TextLine

#: What stands before an option that is written in brackets.
#: Two values or more, or boxes for them, and what is done with them.
EXPRESSION = re.compile(r"(?:[\d.]+|[□口a-z])(?:[+\-−–×xX÷*/](?:[\d.]+|[□口a-z]))+")
OPTION_START = re.compile(r"[A-H][.．、:：][(（\[【]")
#: A question's number: 4. (4) Q4 ④, and no decimal.
NUMBER_NEXT = re.compile(r"[(（【]?\d{1,2}[)）】.．、](?!\d)|Q\d|[①-⑳㉑-㉟㊱-㊿]")
ANSWER_SIGNS = frozenset("".join(SIGN_SPELLINGS.values()))
#: So surely read, a character is where the line has it.
SURE_CHARACTER = 0.9
EQUALS = frozenset("=＝")
#: A bracket takes so much room before a place, in heights of a Chinese character.
BRACKET_EM = 0.2
#: What readers make of a rule.
RULE_CHARACTERS = frozenset("_＿-—–－一…. .")
#: What stands at the ends of a blank without belonging to the answer; a minus sign may.
EDGE_CHARACTERS = frozenset("_＿…:：,，.．。；;")
#: Share of a bracket's room that printed characters fill at least.
DENSE_SHARE = 0.72
#: So many characters, all so clear, are no scribble that a line's reading makes something of.
MANY, CLEAR = 3, 0.75
#: What a rule under print may be longer than the print, in heights of a Chinese character: its two
#: side bearings. And how surely such print is read.
UNDERLINED_REST_EM, UNDERLINED_CLEAR = 0.7, 0.95
#: What stands behind a question's number.
NUMBER_STOPS = frozenset(".．、")
#: Digits of a question's number.
MAX_NUMBER = 2
#: How far a character's box may be off, in heights of a Chinese character.
SLACK_EM = 0.35


@dataclass(frozen=True, slots=True)
class Found:
    """A character: the position of its line, its position there, and itself."""

    line: int
    index: int
    char: TextChar


def characters_at(lines: Sequence[TextLine], place: AnswerPlace, written: Writing) -> list[Found]:
    """What was read of the writing at ``place``, from left to right.

    Characters belong to a bracket by their order in the line, where both its halves were read;
    else by where they stand.
    """
    found: list[Found] = []
    for number, line in _level_lines(lines, place):
        between = _between_brackets(line, place)
        if between is None:
            found += _over(number, line, place, written.box)
        else:
            found += [Found(number, index, line.chars[index]) for index in between]
    return sorted(found, key=lambda item: item.char.bbox[0])


def rule_characters(lines: Sequence[TextLine], place: AnswerPlace) -> list[Found]:
    """Dashes and underscores that were read for the rule of ``place``."""
    return [
        item
        for number, line in _level_lines(lines, place)
        for item in _over(number, line, place, place.room)
        if item.char.text in RULE_CHARACTERS
    ]


def reading_of(found: Sequence[Found]) -> Reading | None:
    """``found`` as one reading, without the colon before a blank, the stop after it and its rule.

    None when nothing is left.
    """
    start, stop = 0, len(found)
    while start < stop and found[start].char.text in EDGE_CHARACTERS:
        start += 1
    while stop > start and found[stop - 1].char.text in EDGE_CHARACTERS:
        stop -= 1
    if start == stop:
        return None
    chars = [item.char for item in found[start:stop]]
    return Reading("".join(c.text for c in chars), fmean(c.confidence for c in chars))


def asks_for_number(lines: Sequence[TextLine], place: AnswerPlace, line: Reading | None) -> bool:
    """Whether a number belongs in a place: it was read as one, or an equals sign stands before."""
    if line is not None:
        return may_be_number(line.text) and not is_written_expression(line.text)
    left = place.room[0] - place.em_px * BRACKET_EM
    before = [
        char
        for _, level in _level_lines(lines, place)
        for char in level.chars
        if char.text not in OPENING and _centre(char.bbox)[0] < left
    ]
    last = max(before, key=lambda char: char.bbox[0], default=None)
    return last is not None and last.text in EQUALS


def is_written_expression(text: str) -> bool:
    """Whether a reading is a sum or product, 40+5×7, and no number."""
    plain = "".join(text.split())
    return EXPRESSION.fullmatch(plain) is not None and not is_number(plain)


def is_print(found: Sequence[Found], place: AnswerPlace, written: Writing) -> bool:
    """Whether what was read between brackets is so dense that it is the paper's own text.

    Letters and signs of answers are not, however close they stand: they can be read again. Nor
    are figures that are written larger than print.
    """
    if all(any(item.char.text in signs for signs in SIGN_SPELLINGS.values()) for item in found):
        return False
    text = "".join(item.char.text for item in found)
    if is_tall(written, place, MIN_TALL_EM) and is_number(text):
        return False
    if is_tall(written, place, MIN_TALL_WORDS_EM) and all(map(_is_chinese, text)):
        return False
    if len(found) >= MANY and min(item.char.confidence for item in found) >= CLEAR:
        return True
    wide = sum(1.0 if ord(item.char.text[0]) > 0x2E80 else 0.5 for item in found)
    return wide * place.em_px >= DENSE_SHARE * place.room[2]


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def sure_characters(lines: Iterable[TextLine]) -> list[BBox]:
    """The boxes of Chinese characters that were read surely: their strokes are no brackets."""
    return [
        char.bbox
        for line in lines
        for char in line.chars
        if char.confidence >= SURE_CHARACTER and all(map(_is_chinese, char.text))
    ]


def is_underlined(found: Sequence[Found], place: AnswerPlace, written: Writing) -> bool:
    """Whether a rule only underlines print: words read surely, from its one end to its other."""
    return (
        place.kind is PlaceKind.BLANK
        and len(found) >= MANY
        and written.box[2] >= place.room[2] - UNDERLINED_REST_EM * place.em_px
        and min(item.char.confidence for item in found) >= UNDERLINED_CLEAR
    )


def is_expression(found: Sequence[Found], place: AnswerPlace, written: Writing) -> bool:
    """Whether brackets hold a printed part of a formula: as low as print is, or with a box in it.

    Pens draw no boxes: 42÷(□+4).
    """
    text = "".join(item.char.text for item in found)
    return (
        place.kind is PlaceKind.BRACKET
        and EXPRESSION.fullmatch(text) is not None
        and ("□" in text or not is_tall(written, place, MIN_TALL_EM))
    )


def is_number_or_option(found: Sequence[Found], lines: Sequence[TextLine]) -> bool:
    """Whether brackets hold the number of a question or all of an option: (21) Let…, B. (-2,3).

    Both begin their line and are read well; pens answer in brackets with letters and signs there.
    Before another number stands no number but an answer: ( 8 ) 4. is a hasty B.
    """
    if len({item.line for item in found}) != 1:
        return False
    chars = lines[found[0].line].chars
    first, last = found[0].index, found[-1].index
    before = "".join(char.text for char in chars[:first])
    after = "".join(char.text for char in chars[last + 1 :]).lstrip(CLOSING)
    text = "".join(item.char.text for item in found)
    is_number = (
        not before.strip(OPENING)
        and after != ""
        and text.isdecimal()
        and NUMBER_NEXT.match(after) is None
    )
    is_option = OPTION_START.fullmatch(before) is not None and not set(text) & ANSWER_SIGNS
    sureness = fmean(item.char.confidence for item in found)
    return sureness >= CLEAR and ((is_number and len(text) <= MAX_NUMBER) or is_option)


def without(lines: Sequence[TextLine], found: Iterable[Found]) -> tuple[TextLine, ...]:
    """``lines`` without some of their characters; a line that loses all is left out."""
    drop: dict[int, set[int]] = {}
    for item in found:
        drop.setdefault(item.line, set()).add(item.index)
    kept = (
        _line_without(line, drop[number]) if number in drop else line
        for number, line in enumerate(lines)
    )
    return tuple(line for line in kept if line.text)


def doubted(
    lines: Sequence[TextLine], found: Iterable[Found], share: float
) -> tuple[TextLine, ...]:
    """``lines`` with the confidence of some of their characters lowered to a ``share`` of it."""
    changed = list(lines)
    for item in found:
        chars = list(changed[item.line].chars)
        less = share * chars[item.index].confidence
        chars[item.index] = chars[item.index].model_copy(update={"confidence": less})
        changed[item.line] = changed[item.line].model_copy(update={"chars": tuple(chars)})
    return tuple(changed)


def _line_without(line: TextLine, drop: set[int]) -> TextLine:
    left = tuple(char for index, char in enumerate(line.chars) if index not in drop)
    spelled = "".join(char.text for char in line.chars)
    if spelled != "".join(line.text.split()):
        return line.model_copy(update={"chars": left, "text": "".join(c.text for c in left)})
    # Spaces of the text stay where they are; characters may be longer than one letter.
    owner = [index for index, char in enumerate(line.chars) for _ in char.text]
    text, position = "", 0
    for letter in line.text:
        if letter.isspace():
            text += letter
            continue
        text += "" if owner[position] in drop else letter
        position += 1
    return line.model_copy(update={"chars": left, "text": text.strip()})


def _over(
    number: int, line: TextLine, place: AnswerPlace, box: tuple[int, int, int, int]
) -> list[Found]:
    """The characters of a line whose middle lies over ``box`` and in the place, no brackets."""
    slack = SLACK_EM * place.em_px
    is_bracket = place.kind is PlaceKind.BRACKET
    left, _, width, _ = place.room
    margin = (-0.1 if is_bracket else 0.15) * place.em_px
    first = max(left - margin, box[0] - slack)
    last = min(left + width + margin, box[0] + box[2] + slack)
    return [
        Found(number, index, char)
        for index, char in enumerate(line.chars)
        if first <= _centre(char.bbox)[0] <= last
        and _is_level(char.bbox, place)
        and not (is_bracket and char.text in OPENING + CLOSING)
        and not _is_numbers_stop(line, index)
    ]


def _is_numbers_stop(line: TextLine, index: int) -> bool:
    """Whether a character is the stop behind the number that begins a line."""
    before = "".join(char.text for char in line.chars[:index])
    return line.chars[index].text in NUMBER_STOPS and before.isdecimal()


def _between_brackets(line: TextLine, place: AnswerPlace) -> range | None:
    """The characters between the place's brackets; None where they were not read here.

    A closing bracket that writing hides was not read: there the unit behind it is the end.
    """
    if place.brackets is None or place.kind is not PlaceKind.BRACKET:
        return None
    edges = []
    for bracket, signs in ((place.brackets.opening, OPENING), (place.brackets.closing, CLOSING)):
        middle = bracket.box[0] + bracket.box[2] / 2
        near = [
            (abs(_centre(char.bbox)[0] - middle), index)
            for index, char in enumerate(line.chars)
            if char.text in signs
        ]
        if near and min(near)[0] <= 1.2 * place.em_px:
            edges.append(min(near)[1])
            continue
        stop = hidden_end(line, edges[0]) if edges else None
        if stop is None:
            return None
        edges.append(stop)
    return range(edges[0] + 1, edges[1]) if edges[0] < edges[1] else None


def _level_lines(lines: Sequence[TextLine], place: AnswerPlace) -> Iterator[tuple[int, TextLine]]:
    """Lines, with their numbers, whose middle is where writing at the place stands."""
    for number, line in enumerate(lines):
        if _is_level(line.bbox, place):
            yield number, line


def _is_level(box: BBox, place: AnswerPlace) -> bool:
    """Whether the middle of a box is where writing at the place stands."""
    _, top, _, height = place.room
    slack = SLACK_EM * place.em_px
    return top - slack <= _centre(box)[1] <= top + height + slack


def _centre(box: BBox) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2
