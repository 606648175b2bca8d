"""Cuts the passage into questions: stem, options, and the material that several of them share."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.parse.domain.headings.sections import SHEET_TITLE, Heading
from services.parse.domain.questions.options import find_options
from services.parse.domain.questions.spans import Span
from services.parse.domain.questions.starts import Start
from services.parse.domain.questions.sums import sum_at
from services.parse.domain.text.glyphs import Passage
from services.parse.domain.text.numbering import Style, read_number

_PART_STYLES = frozenset({Style.PAREN, Style.HALF_PAREN, Style.CIRCLED})
#: Questions that end with the sum that they are.
_BY_FORM = frozenset({Style.LETTER, Style.UNNUMBERED})
_RANGE = re.compile(
    r"(?:第\s*)?[（(]?(?P<first>\d{1,3})\s*(?:[-~～—–―－一至到]|and|to)\s*(?P<last>\d{1,3})[）)]?\s*(?:小?题|各题|题|[.:,]|$)"
    r"|questions?\s*(?P<first_en>\d{1,3})\s*(?:[-~—–]|and|to)\s*(?P<last_en>\d{1,3})",
    re.IGNORECASE,
)
_MATERIAL = re.compile(
    r"\s*(?:[（(]\s*[一二三四五六七八九十]{1,2}\s*[)）]|阅读|请?(?:根据|依据|结合|阅读)|读[^一-龥]?[下右左上]|下[图表面列]|如图|材料|"
    r"[（(]?[A-E][）)]?\s*$|Read\b|Passage\b|Text\b|Questions?\s+\d|Refer\b|The following\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Material:
    """A passage of the paper that serves the questions ``first`` to ``last``."""

    start: int
    stop: int
    first: int
    last: int


def _material_in(passage: Passage, start: int, stop: int, number: int) -> Material | None:
    """A material that begins after a question's own text and names the questions it serves."""
    for row, end in passage.rows(passage.row_stop(start) + 1, stop):
        text = passage.text[row:end]
        if not _MATERIAL.match(text):
            continue
        # The range may stand in the second row of the instruction.
        joined = passage.text[row : min(passage.row_stop(end + 1) if end + 1 < stop else end, stop)]
        match = _RANGE.search(joined.replace("\n", ""))
        if match is None:
            continue
        first = int(match["first"] or match["first_en"])
        last = int(match["last"] or match["last_en"])
        if number < first < last <= first + 30:
            return Material(row, stop, first, last)
    return None


#: So large a share of sums makes a section a drill.
_DRILL_SHARE = 0.7


def _trim(passage: Passage, start: int, stop: int) -> int:
    while stop > start and passage.text[stop - 1].isspace():
        stop -= 1
    return stop


def build_spans(
    passage: Passage, starts: Sequence[Start], headings: Sequence[Heading]
) -> tuple[tuple[Span, ...], tuple[Material, ...]]:
    """The questions' slices in reading order, and the materials between them."""
    walls = [heading.start for heading in headings]
    rows = passage.rows(0, len(passage.text))
    walls += [row for row, end in rows if SHEET_TITLE.match(passage.text[row:end])]
    spans: list[Span] = []
    materials: list[Material] = []
    for position, start in enumerate(starts):
        stop = starts[position + 1].index if position + 1 < len(starts) else len(passage.text)
        stop = min([stop, *(wall for wall in walls if wall > start.index)])
        if start.style in _BY_FORM and start.sum is not None:
            stop = min(stop, start.sum.stop)
        material = _material_in(passage, start.body, stop, start.number)
        if material is not None:
            materials.append(material)
            stop = material.start
        stop = max(_trim(passage, start.body, stop), start.body)
        options = find_options(passage, start.body, stop)
        spans.append(
            Span(
                start.index,
                start.number_at,
                start.body,
                stop,
                start.spelling,
                start.section,
                options,
                start.sum or sum_at(passage, start.body, stop),
            )
        )
    return tuple(_as_drill(passage, spans)), tuple(materials)


def _as_drill(passage: Passage, spans: Sequence[Span]) -> Iterator[Span]:
    """The spans; in a section of sums each ends with its first row, where that has a result.

    What stands below the last sum of a column, such as the head of the next one, is not its text.
    """
    for span in spans:
        siblings = [other for other in spans if other.section == span.section]
        sums = sum(other.sum is not None for other in siblings)
        found = None
        if span.sum is None and sums >= _DRILL_SHARE * len(siblings):
            stop = min(passage.row_stop(span.body), span.stop)
            found = sum_at(passage, span.body, stop)
        is_answered = found and re.search(r"\d", passage.text[found.sign : found.stop])
        yield replace(span, stop=found.stop, sum=found) if found and is_answered else span


def split_parts(passage: Passage, span: Span, parts: Sequence[tuple[int, str]]) -> tuple[Span, ...]:
    """A question cut at its parts (1), (2) …, where the answer key asks for them one by one.

    ``parts`` are (number of the part, number as the key spells it). The question stays whole when
    not all of its parts are found.
    """
    wanted = dict(parts)
    found: list[tuple[int, int, int]] = []
    for row, end in passage.rows(span.body, span.stop):
        index = row
        while index < end:
            token = read_number(passage.text[index:end].lstrip())
            lead = len(passage.text[index:end]) - len(passage.text[index:end].lstrip())
            following_number = found[-1][0] + 1 if found else 1
            if token and token.style in _PART_STYLES and token.number == following_number:
                found.append((token.number, index + lead, index + lead + token.length))
            following = re.compile(r"[\s\u2003](?=[（(]\d|[①-⑳㉑-㉟㊱-㊿])").search(
                passage.text, index + 1, end
            )
            index = following.start() if following else end
    if not set(wanted) <= {number for number, _, _ in found}:
        return (span,)
    stops = [*(start for _, start, _ in found[1:]), span.stop]
    return tuple(
        replace(
            span,
            start=start,
            number_at=start,
            body=body,
            stop=_trim(passage, body, stop),
            number=wanted[number],
            options=find_options(passage, body, stop),
        )
        for (number, start, body), stop in zip(found, stops, strict=True)
        if number in wanted
    )


def joined_text(text: str) -> str:
    """Rows and gaps as single blanks; none between Chinese characters."""
    flat = re.sub(r"[\s\u2003]+", " ", text).strip()
    return re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", flat)
