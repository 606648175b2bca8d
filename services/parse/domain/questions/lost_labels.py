"""Puts back option labels that were not read, by where their text stands."""

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile

from services.parse.domain.questions.option_labels import Label, rank_at
from services.parse.domain.text.glyphs import Passage
from shared.contract.notation.numerals import RINGED
from shared.contract.notation.verdicts import PEN_MARKS

#: A row that ends in an answer's bracket; a teacher's mark may follow.
BRACKET_LAST = re.compile(rf"[（(][^（()）]{{0,6}}[)）]\s*+(?:[.。]\s*+)?(?:[{PEN_MARKS}]\s*+)?$")
#: The bracket for an answer that begins a row, and a number behind it that may be misread.
ANSWERED = re.compile(
    r"[（(][^（()）\n]{0,6}[)）]\s*+(?P<number>\d{1,3}(?:\s*+[.．、]|(?=\s)))?+\s*+(?=\S)"
)
#: A label's sign without its letter, after white space.
_BARE = re.compile(r"(?<=[ \u2003])[.．、)）](?=\s*\S)")
#: What is left of a label that a circle was drawn around.
_REMAINS = re.compile(rf"[©®@◎○{RINGED}Ⓐ-Ⓩⓐ-ⓩOQ0]?\s*[)）.．、]\s*|[©®@◎○{RINGED}Ⓐ-Ⓩⓐ-ⓩ]\s*")


def _segment_starts(passage: Passage, start: int, stop: int) -> list[int]:
    """Where rows and pieces of rows begin within a slice."""
    return [
        index
        for index in range(start, stop)
        if not passage.text[index].isspace() and rank_at(passage, index, 0) == 2
    ]


def with_lost_labels(passage: Passage, chain: list[Label], stop: int) -> list[Label]:
    """The chain with a missing label put in where one piece of text stands in its place.

    A pen's circle around a letter makes readers lose it: between B and D the only piece of text
    that begins by itself is C; beside C in the last row it is D.
    """
    filled = list(chain)
    for one, other in pairwise(chain):
        label = chr(ord(one.label) + 1)
        if ord(other.label) - ord(one.label) != 2 or any(c.label == label for c in chain):
            continue
        between = _segment_starts(passage, one.body, other.start)
        if len(between) > 1:
            between = [i for i in between if any(_is_aligned(passage, i, c) for c in chain)]
        if not between:
            between = [m.start() for m in _BARE.finditer(passage.text, one.body, other.start)]
        if len(between) == 1:
            filled.append(_unlabelled(passage, label, between[0]))
    last = chain[-1]
    if len(chain) in {2, 3} and last.label == "C":
        row = passage.row_stop(last.body)
        beside = _segment_starts(passage, last.body, min(row, stop))
        below = _segment_starts(passage, row + 1, min(passage.row_stop(row + 1), stop))
        column = [c for c in chain if _is_below(passage, last, c)]
        if len(beside) == 1 and beside[0] > last.body:
            filled.append(_unlabelled(passage, "D", beside[0]))
        elif len(column) == len(chain) - 1 and len(below) == 1 and row + 1 < stop:
            filled.append(_unlabelled(passage, "D", below[0]))
    return sorted(filled, key=lambda candidate: candidate.start)


def with_first(passage: Passage, labels: Sequence[Label], start: int) -> list[Label]:
    """B, C … with the piece of text before B as A; empty where they are not that clear."""
    clear = [label for label in labels if label.rank == 2]
    for position, second in enumerate(clear):
        # Up to the B of the next question.
        own = takewhile(lambda c: c.label != "B", clear[position + 1 :])
        rest = [second, *(c for c in own if c.label in "CD")]
        if second.label != "B" or [c.label for c in rest] not in (["B", "C"], ["B", "C", "D"]):
            continue
        row = passage.row_start(second.start)
        answered = ANSWERED.match(passage.text, max(row, start))
        if answered:
            # Behind the bracket for the answer, and what is left of the number.
            before = [answered.end()]
        else:
            before = _segment_starts(passage, max(row, start), second.start)
        if not before and row < start:
            # Behind the question's number.
            body = passage.text[start : second.start]
            before = [start + len(body) - len(body.lstrip())]
        elif not before and row > start:
            before = [passage.row_start(row - 1)]
            if BRACKET_LAST.search(passage.text, before[0], row - 1):
                # The stem ends here, with its bracket; the row of A was not read at all.
                return []
            if not _is_aligned(passage, before[0], second):
                return []
        return [_unlabelled(passage, "A", before[0]), *rest] if len(before) == 1 else []
    return []


def _is_aligned(passage: Passage, index: int, label: Label) -> bool:
    box = passage.glyphs[index].bbox
    other = passage.glyphs[label.label_start].bbox
    return abs(box[0] - other[0]) < 1.3 * max(box[3], other[3])


def _is_below(passage: Passage, one: Label, other: Label) -> bool:
    """Whether two labels stand under each other."""
    a, b = passage.glyphs[one.label_start].bbox, passage.glyphs[other.label_start].bbox
    return one is not other and abs(a[0] - b[0]) < a[3]


def _unlabelled(passage: Passage, label: str, index: int) -> Label:
    """A label in its place; its letter may be there, run together with the text."""
    match = _REMAINS.match(passage.text, index)
    body = match.end() if match else index
    if body == index and passage.text[index].upper() == label:
        body += 1
    return Label(label, index, index, body, "", 2)
