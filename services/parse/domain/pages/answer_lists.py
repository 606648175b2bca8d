"""Reads answers written as a list: 1-5 BACDB 6-10 ABCDA."""

import re

from services.parse.domain.pages.answer_tables import TableAnswer
from services.parse.domain.pages.tables import Cell
from services.parse.domain.text.geometry import union
from services.parse.domain.text.glyphs import Passage, confidence_of
from shared.contract.model import BBox

_LIST = re.compile(
    r"(?P<first>\d{1,3})\s*[-~～—–－至]\s*(?P<last>\d{1,3})\s*[:：.．、)）]?\s*"
    r"(?P<signs>(?:[A-HTF√×✓✗对错][\s\u2003,，、]*){2,})(?![A-Za-z])"
)
#: Besides the list, a row may hold this many characters, such as 答案：
_MAX_REST = 8


def read_answer_lists(passage: Passage) -> tuple[tuple[TableAnswer, ...], ...]:
    """The answers of each list, as if they stood in cells; a list has one sign for each number."""
    found = []
    for start, stop in passage.rows(0, len(passage.text)):
        matches = [
            match
            for match in _LIST.finditer(passage.text, start, stop)
            if len(_signs(match)) == int(match["last"]) - int(match["first"]) + 1
        ]
        listed = sum(match.end() - match.start() for match in matches)
        if not matches or len(passage.text[start:stop].strip()) - listed > _MAX_REST:
            continue
        found += [_answers(passage, match) for match in matches]
    return tuple(found)


def _signs(match: re.Match[str]) -> list[int]:
    """Indexes of the signs within the passage."""
    begin = match.start("signs")
    separators = " \u2003,，、"
    return [begin + i for i, char in enumerate(match["signs"]) if char not in separators]


def _answers(passage: Passage, match: re.Match[str]) -> tuple[TableAnswer, ...]:
    return tuple(
        TableAnswer(
            number,
            passage.glyphs[index].page,
            Cell(
                passage.text[index],
                confidence_of([passage.glyphs[index]]),
                passage.glyphs[index].bbox,
                has_ink=True,
            ),
        )
        for number, index in enumerate(_signs(match), start=int(match["first"]))
    )


def box_of(answers: tuple[TableAnswer, ...]) -> BBox:
    """The box around a list."""
    return union(answer.cell.bbox for answer in answers)
