"""Finds the letters that may label options, and where pieces of text begin."""

import re
from dataclasses import dataclass

from services.parse.domain.text.glyphs import GAP, Passage

_LABEL = re.compile(
    r"(?:(?P<mark>[√✓✔☑×])[ \u2003]*)?(?:[（(\[]\s*(?P<wrapped>[A-H])\s*[)）\]]"
    # Not the points of A, B两点.
    r"|(?P<plain>[A-Ha-h])\s*(?:[.．、·:：)）]|[,，](?!\s*[A-HJ-Z](?![A-Za-z])))"
    r"|(?P<lone>[A-H])(?=[\s\u2003]|$|[\u4e00-\u9fff①-⑩])|(?P<circled>[ⒶⒷⒸⒹⒺⒻ©®]))\s*[.．、)）]?"
)
_CIRCLED = {**dict(zip("ⒶⒷⒸⒹⒺⒻ", "ABCDEF", strict=True)), "©": "C", "®": "B"}
#: White space behind a question's number is at most so long.
_NEAR = 4
_SENTENCE_END = frozenset(" \u2003\n。.．；;？?）)】]＿_")


@dataclass(frozen=True, slots=True)
class Label:
    """A letter that may begin an option; ``body`` is where the option's text would."""

    label: str
    start: int
    label_start: int
    body: int
    mark: str
    #: 2 at the start of a row or segment, 1 after white space, 0 inside the text.
    rank: int


def rank_at(passage: Passage, index: int, start: int) -> int:
    """2 where a row or a piece of one begins, 1 after white space, 0 inside the text."""
    is_first = not passage.text[start:index].strip() if index - start < _NEAR else False
    if is_first or passage.text[index - 1] in {"\n", GAP}:
        return 2
    if passage.text[index - 1] == " ":
        before, here = passage.glyphs[index - 2].segment, passage.glyphs[index].segment
        return 2 if before != here else 1
    return 0


def find_labels(passage: Passage, start: int, stop: int) -> list[Label]:
    """All letters of a slice that look like labels, in reading order.

    A letter that ends its row is none where the same letter has a sign elsewhere: 的是 B answers.
    """
    found = []
    last_in_row: set[int] = set()
    for match in _LABEL.finditer(passage.text, start, stop):
        group = next(name for name in ("wrapped", "plain", "lone", "circled") if match[name])
        label, at = _CIRCLED.get(match[group], match[group].upper()), match.start(group)
        index = match.start()
        while index < at and passage.text[index].isspace():
            index += 1
        if group == "wrapped" and passage.glyphs[index].segment != passage.glyphs[at].segment:
            # Written into printed brackets, not printed with them: the answer （ B ）.
            continue
        rank = rank_at(passage, index, start)
        if group in {"lone", "circled"} and rank < 2:
            continue
        if match[group].islower() and rank < 1:
            continue
        if (
            rank == 0
            and passage.text[index - 1] not in _SENTENCE_END
            and not _is_cjk(passage, index)
        ):
            continue
        if group == "lone" and not passage.text[at + 1 : passage.row_stop(at)].strip(" " + GAP):
            last_in_row.add(at)
        mark = match["mark"] or ("○" if group == "circled" else "")
        found.append(Label(label, index, at, match.end(), mark, rank))
    signed = {label.label for label in found if label.label_start not in last_in_row}
    return [
        label
        for label in found
        if label.label not in signed or label.label_start not in last_in_row
    ]


def _is_cjk(passage: Passage, index: int) -> bool:
    return "\u4e00" <= passage.text[index - 1] <= "\u9fff"
