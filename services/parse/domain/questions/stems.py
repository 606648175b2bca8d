"""The printed text of a question, without what the student wrote into it."""

from collections.abc import Iterable, Sequence

from services.parse.domain.questions.passage_cuts import joined_text
from services.parse.domain.questions.spans import Span
from services.parse.domain.text.geometry import centre, is_inside
from services.parse.domain.text.glyphs import Glyph, Passage
from shared.contract.model import BBox

#: A rule to write on, which is ink on the page and no character.
BLANK = " ____ "
_SIGNS_OF_PLACES = frozenset("（）()[]【】_＿")

Area = tuple[int, BBox]


def stem_text(
    passage: Passage, span: Span, answered: Sequence[Area] = (), *, has_blanks: bool = False
) -> str:
    """The stem in one line: rows joined without a blank between Chinese characters.

    ``answered`` are the places of the answer, as (page, box). What was written there was read apart
    from the print and is left out. With ``has_blanks`` they are rules to write on, which become
    blanks where the text has no sign for them.
    """
    glyphs = passage.glyphs[span.body : span.stem_stop]
    written = _written_at(glyphs, answered)
    blanks = {
        _index_of(glyphs, area) for area in answered if has_blanks and not _has_sign(glyphs, area)
    }
    parts = []
    for index, glyph in enumerate(glyphs):
        if index in blanks:
            parts.append(BLANK)
        if glyph.char in _SIGNS_OF_PLACES or (glyph.page, glyph.segment) not in written:
            parts.append(glyph.char)
    if len(glyphs) in blanks:
        parts.append(BLANK)
    return joined_text("".join(parts))


def _written_at(glyphs: Iterable[Glyph], answered: Sequence[Area]) -> set[tuple[int, int]]:
    """(page, segment) of what stands as a whole in one of the places."""
    inside: set[tuple[int, int]] = set()
    outside: set[tuple[int, int]] = set()
    for glyph in glyphs:
        is_in = any(_is_at(glyph, area) for area in answered)
        (inside if is_in else outside).add((glyph.page, glyph.segment))
    return {place for place in inside - outside if place[1] >= 0}


def _is_at(glyph: Glyph, area: Area) -> bool:
    return area[0] == glyph.page and is_inside(glyph.bbox, area[1], margin=0.3 * glyph.bbox[3])


def _has_sign(glyphs: Iterable[Glyph], area: Area) -> bool:
    """Whether brackets or underscores in the text stand for a place."""
    return any(glyph.char in _SIGNS_OF_PLACES and _is_at(glyph, area) for glyph in glyphs)


def _index_of(glyphs: Sequence[Glyph], area: Area) -> int:
    """Where in the text a place stands: before the first glyph behind its middle, on its row."""
    page, box = area
    x, y = centre(box)
    on_row = [
        index
        for index, glyph in enumerate(glyphs)
        if glyph.page == page
        and not glyph.char.isspace()
        and abs(centre(glyph.bbox)[1] - y) < 0.8 * max(glyph.bbox[3], box[3])
    ]
    behind = (index for index in on_row if centre(glyphs[index].bbox)[0] > x)
    return next(behind, on_row[-1] + 1 if on_row else len(glyphs))
