"""Finds section headings: 一、选择题（30分）, 第一部分, Part I, Section B, II. True or False."""

import re
from dataclasses import dataclass, replace
from enum import IntEnum

from services.parse.domain.headings.points import PrintedPoints, read_points
from services.parse.domain.headings.question_types import type_of_title
from services.parse.domain.text.glyphs import GAP, Passage
from services.parse.domain.text.numbering import read_number
from shared.contract.answer_key import AnswerKey
from shared.contract.notation.labels import plain_label
from shared.contract.notation.numerals import from_chinese, from_roman, to_roman
from shared.contract.questions import QuestionType


class Rank(IntEnum):
    """How far out a heading stands; the paper's sections are the innermost rank that it uses."""

    PART = 0
    SECTION = 1
    #: （一）: a section only in papers that have no other headings.
    BRACKETED = 2


@dataclass(frozen=True, slots=True)
class Heading:
    """A section heading; ``start``..``stop`` is its slice of the passage."""

    start: int
    stop: int
    rank: Rank
    label: str
    title: str
    points: PrintedPoints
    type: QuestionType | None = None

    @property
    def number(self) -> int | None:
        """The label's value, where it is a number or a letter."""
        letter = ord(self.label) - 64 if len(self.label) == 1 and "A" <= self.label <= "H" else None
        roman = from_roman(self.label)
        value = roman if roman is not None else letter
        chinese = from_chinese(self.label)
        return chinese if chinese is not None else value


_EN_NUMBERS = {"ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5", "SIX": "6"}
_PATTERNS: tuple[tuple[Rank, re.Pattern[str]], ...] = (
    (
        Rank.PART,
        re.compile(
            r"第\s*(?P<label>[一二三四五六七八九十]{1,3}|[IVXⅠ-Ⅹ]{1,4}|\d)\s*(?:部\s*分|卷|大题)"
            r"[\s:：、.．]*(?P<title>.*)"
        ),
    ),
    (
        Rank.PART,
        re.compile(
            r"Part\s*+(?:[:.]\s*+)?(?P<label>[A-H]|[IVXⅠ-Ⅹ]{1,5}|\d{1,2}|One|Two|Three|Four|Five|Six)"
            r"(?![a-z])[\s:：.．、)–—-]*(?P<title>.*)",
            re.IGNORECASE,
        ),
    ),
    (
        Rank.SECTION,
        re.compile(
            r"Section\s*+(?:[:.]\s*+)?(?P<label>[A-H]|[IVXⅠ-Ⅹ]{1,5}|\d{1,2}|One|Two|Three|Four|Five)"
            r"(?![a-z])[\s:：.．、)–—-]*(?P<title>.*)",
            re.IGNORECASE,
        ),
    ),
    (
        Rank.SECTION,
        re.compile(
            r"(?P<label>[一二三四五六七八九十]{1,3})\s*(?:[、.．,，:：。;；]|[\s\u2003]+(?=\S))\s*"
            r"(?P<title>\S.*)"
        ),
    ),
    (
        Rank.SECTION,
        re.compile(r"(?P<label>[IVXⅠ-Ⅹ]{1,5})\s*[.．、,，:：]\s*(?P<title>\S.*)"),
    ),
    (
        Rank.BRACKETED,
        re.compile(
            r"[（(]\s*(?P<label>[一二三四五六七八九十]{1,3})\s*[)）]\s*[、.．]?\s*(?P<title>.*)"
        ),
    ),
)
#: 一 is often read as a dash; only before a title that names a type.
_DASH = re.compile(r"[—\-–_~～]{1,2}\s*[、.．,，]\s*(?P<title>\S.*)")
#: I. II. III. are often read as 1. 11. l1.; only before a title that names a type.
_STROKES = re.compile(r"(?P<label>[1lI|]{1,3})(?:\s*[.．、]\s*|\s+)(?P<title>[A-Z\u4e00-\u9fff].*)")
_UNLABELLED = re.compile(
    r"(?:选择题|填空题|判断题|解答题|计算题|应用题|简答题|单项选择题|多项选择题|"
    r"Multiple[\s-]Choice|True (?:or|/|and) False|Fill in the Blanks?|Short Answers?)"
    r"(?:\s*questions?)?\s*[:：]?\s*(?P<title>(?:[（(].*)?)$",
    re.IGNORECASE,
)
_OPENS_TITLE = re.compile(
    r"(?:Multiple[\s-]*(?:choice|answers?)|True (?:or|/|and) false|Fill in (?:each|the) blanks?"
    r"|Reading comprehension|Short answers?|[单多]?[项选]{0,2}选择题|填空题|判断题|解答题|计算题)"
    r"(?:\s*questions?)?\s*(?:[（(:：].*)?$",
    re.IGNORECASE,
)
_TITLE_WORD = re.compile(
    r"题|听力|阅读|写作|作文|填空|选择|判断|语法|词汇|翻译|运用|积累|鉴赏|表达|理解|计算|默写|基础|能力"
    r"|choice|false|blank|reading|writing|listening|answer|question|vocabulary|grammar|cloze|problem"
    r"|\d\s*分|points|marks",
    re.IGNORECASE,
)
#: A row that goes on with the points of the heading above it.
_POINTS_REST = re.compile(r"\s*(?:\d{1,3}\s*分|.{0,14}共\s*\d{1,3}\s*分|\d{1,3}\s*points)")
_MAX_TITLE = 120
#: Titles without a word that names what is asked are short: 我会填, 看拼音写词语.
_SHORT_TITLE = 30
#: Begins a place for the answers of the whole paper.
SHEET_TITLE = re.compile(
    r"\s*(?:答\s*题\s*[栏卡纸表区]|答案\s*[栏表]|Answer\s+(?:table|sheet|grid))", re.IGNORECASE
)


def _opened(text: str) -> int:
    return sum(text.count(c) for c in "（(【") - sum(text.count(c) for c in "）)】")


def _heading_stop(passage: Passage, start: int, stop: int) -> int:
    """The end of a heading that wraps: rows are added while a bracket is open."""
    for _ in range(3):
        text = passage.text[start:stop]
        following = passage.row_stop(stop + 1) if stop < len(passage.text) else stop
        upcoming = passage.text[stop + 1 : following]
        if not upcoming.strip():
            return stop
        is_rest = _POINTS_REST.match(upcoming) and not _POINTS_REST.search(text)
        if not is_rest and (_opened(text) <= 0 or read_number(upcoming.lstrip())):
            return stop
        if _opened(text + upcoming) > 0 and len(upcoming) > _MAX_TITLE:
            return stop
        stop = following
    return stop


#: Part IIl: what stands for a Roman numeral, with at least one of its letters.
_ROMAN_MISREAD = re.compile(r"((?:Part|Section)\s+)(?=[1l|]*[IVX])([IVXl1|]{2,4})(?![\w|])")
_CAPITAL_INSIDE = re.compile(r"(?<=[a-z])I(?=[a-z]|\b)")


def _with_roman(text: str) -> str:
    """A heading's row whose Roman numeral is spelled with I alone: l and 1 look like it."""
    return _ROMAN_MISREAD.sub(
        lambda found: found[1] + re.sub(r"[l1|]", "I", found[2]), text, count=1
    )


def _read(passage: Passage, start: int, stop: int) -> Heading | None:
    text = _with_roman(passage.text[start:stop].lstrip())
    for rank, pattern in _PATTERNS:
        match = pattern.match(text)
        if match is None:
            continue
        label = _EN_NUMBERS.get(match["label"].upper(), match["label"])
        return _heading(passage, start, stop, rank, plain_label(label))
    match = _DASH.match(text)
    if match is not None and type_of_title(match["title"]) and "题" in match["title"]:
        return _heading(passage, start, stop, Rank.SECTION, "一")
    strokes = _STROKES.match(text)
    if strokes is not None and _OPENS_TITLE.match(strokes["title"]):
        label = to_roman(len(strokes["label"]))
        return _heading(passage, start, stop, Rank.SECTION, label)
    if _UNLABELLED.match(text.strip()):
        return _heading(passage, start, stop, Rank.SECTION, "")
    return None


def _heading(passage: Passage, start: int, stop: int, rank: Rank, label: str) -> Heading:
    end = _heading_stop(passage, start, stop)
    text = re.sub(r"\s+", " ", passage.text[start:end]).strip()
    # Fill is often read as FilI.
    text = _with_roman(_CAPITAL_INSIDE.sub("l", text))
    title = text
    for _, pattern in _PATTERNS:
        match = pattern.match(text)
        if match is not None and label:
            title = match["title"].strip()
            break
    else:
        misread = _DASH.match(text) or _STROKES.match(text)
        title = misread["title"].strip() if misread and label else text
    return Heading(start, end, rank, label, title, read_points(title), type_of_title(title))


def _is_plausible(heading: Heading, previous: Heading | None) -> bool:
    if heading.label == "":
        return True
    number = heading.number
    follows = (
        previous is not None
        and previous.number is not None
        and number is not None
        and (number == previous.number + 1 or number == 1)
    )
    if heading.rank is Rank.PART:
        return len(heading.title) <= _MAX_TITLE
    says_so = bool(_TITLE_WORD.search(heading.title)) and len(heading.title) <= 2 * _MAX_TITLE
    # A page from the middle of a paper begins with any number.
    begins = previous is None and (number == 1 or from_chinese(heading.label) is not None)
    return says_so or (len(heading.title) <= _SHORT_TITLE and (follows or begins))


def find_headings(passage: Passage, key: AnswerKey | None = None) -> tuple[Heading, ...]:
    """All section headings in reading order, one rank only.

    A paper's sections are the headings that stand directly above its questions: 一、 under
    第一部分, Section A under Part I. Where labels of that rank come twice, the outer label is set
    before them, so that an address stays unique.
    """
    found: list[Heading] = []
    latest: dict[Rank, Heading] = {}
    for start, stop in passage.rows(0, len(passage.text)):
        if found and start < found[-1].stop:
            continue
        heading = _read(passage, _after_speck(passage, start, stop), stop)
        if heading is not None:
            heading = _recounted(heading, latest.get(heading.rank))
        if heading is not None and _is_plausible(heading, latest.get(heading.rank)):
            found.append(heading)
            latest[heading.rank] = heading
    if any(heading.rank is not Rank.BRACKETED for heading in found):
        found = [heading for heading in found if heading.rank is not Rank.BRACKETED]
    return _with_key(_innermost(found), key)


def _recounted(heading: Heading, previous: Heading | None) -> Heading:
    """The heading; one whose label is nothing but strokes follows the one before it.

    Of III readers often see less; a title that names a type says that it is a heading.
    """
    before = from_roman(previous.label) if previous is not None else None
    is_strokes = heading.label != "" and set(heading.label) == {"I"}
    if before is None or not is_strokes or not _OPENS_TITLE.match(heading.title):
        return heading
    return replace(heading, label=to_roman(before + 1))


def _after_speck(passage: Passage, start: int, stop: int) -> int:
    """Where a row's text begins: after one or two characters far left of it, such as a smudge."""
    gap = passage.text.find(GAP, start, min(start + 3, stop))
    return gap + 1 if gap > start else start


def _innermost(found: list[Heading]) -> list[Heading]:
    """Drops a part that is directly followed by sections of its own."""
    kept: list[Heading] = []
    for position, heading in enumerate(found):
        following = found[position + 1] if position + 1 < len(found) else None
        is_outer = (
            heading.rank is Rank.PART
            and following is not None
            and following.rank is Rank.SECTION
            and following.label != ""
        )
        if not is_outer:
            kept.append(heading)
    return kept


def _with_key(found: list[Heading], key: AnswerKey | None) -> tuple[Heading, ...]:
    """Spells labels as the answer key does, and drops headings that it does not know."""
    if key is None:
        return tuple(found)
    known = {plain_label(section.label): section for section in key.sections if section.label}
    if not known:
        return tuple(found)
    kept: list[Heading] = []
    for heading in found:
        section = known.get(plain_label(heading.label))
        if section is None:
            kept.append(heading)
            continue
        kept.append(
            Heading(
                heading.start,
                heading.stop,
                heading.rank,
                section.label,
                heading.title,
                heading.points,
                heading.type,
            )
        )
    return tuple(kept)
