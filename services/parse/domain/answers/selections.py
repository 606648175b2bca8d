"""Finds the options that a pen chose: marked at their label, or left when all others are struck."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from services.parse.domain.answers.confidence import CLEAR_MARK, at_most
from services.parse.domain.questions.ink import Ink
from services.parse.domain.questions.options import FoundOption
from services.parse.domain.questions.spans import Span
from services.parse.domain.text.geometry import centre, is_inside
from services.parse.domain.text.glyphs import Passage
from shared.contract.model import BBox
from shared.contract.notation.labels import OPTION_LETTERS
from shared.contract.questions import Evidence, EvidenceKind
from shared.contract.reading import InkColour, MarkKind, PenMark, ReadAnswer

#: How far from a label's middle a mark's middle may be, in heights of the label.
_LEFT, _RIGHT, _ASIDE = 2.0, 1.3, 0.7
#: Red rings and filled bubbles are more often the teacher's.
_RED_SHARE = 0.6
#: A label that was read as a ring or beside a tick, without the mark having been found.
_READ_ONLY = 0.6
#: A letter that was read inside a ring away from all labels; the only label that is missing.
_READ_INSIDE, _ONLY_MISSING = 0.95, 0.7
#: Choices have so many options, as a rule.
_USUAL = 4
#: Several marks for one answer, and the one option that is left without: notes of a student.
_SEVERAL = 0.5
#: A label that merely looks different from the others.
_ODD, _MIN_USUAL = 0.4, 2
_SIGNS = {**dict.fromkeys("．、,，:：·", "."), "（": "(", "）": ")"}


def _is_choice(mark: PenMark) -> bool:
    if mark.kind is MarkKind.TICK:
        return mark.colour is not InkColour.RED
    return mark.kind in {MarkKind.CIRCLE, MarkKind.SELECTION}


def _is_cancelled(mark: PenMark, marks: Iterable[PenMark]) -> bool:
    """Whether a stroke runs through a mark."""
    return any(
        other.kind is MarkKind.STRIKE and is_inside(other.bbox, mark.bbox) for other in marks
    )


def _distance(passage: Passage, option: FoundOption, mark: PenMark) -> float | None:
    """How far a mark is from an option's label; None when it does not belong to it.

    A ring hides its letter, so that the label may have been read a little aside.
    """
    label = passage.glyphs[option.label_start]
    x, y = centre(mark.bbox)
    label_x, label_y = centre(label.bbox)
    tall = label.bbox[3]
    ahead, down = x - label_x, abs(y - label_y)
    if not (-_LEFT * tall < ahead < _RIGHT * tall and down < _ASIDE * tall):
        return None
    return abs(ahead) + down


def _marked(passage: Passage, span: Span, ink: Ink) -> Iterator[tuple[str, Evidence]]:
    """(label, evidence) of each mark, given to its nearest option or the letter inside it."""
    pages = {passage.glyphs[option.label_start].page for option in span.options}
    for page in sorted(pages):
        marks = ink.marks.get(page, ())
        for mark in filter(_is_choice, marks):
            if _is_cancelled(mark, marks):
                continue
            label, sure = _label_of(passage, span, page, mark)
            if label:
                share = _RED_SHARE if mark.colour is InkColour.RED else 1.0
                yield label, _evidence(label, page, mark.bbox, mark.confidence * share * sure)


def _label_of(passage: Passage, span: Span, page: int, mark: PenMark) -> tuple[str, float]:
    """The label that a mark chooses, and how sure that is; "" for none.

    The letter inside a ring tells, else the nearest label, else the one label that is missing
    among those before the last: the ring hides it.
    """
    is_ring = mark.kind is MarkKind.CIRCLE and _is_among_options(passage, span, page, mark)
    letters = _letters_inside(passage, span, page, mark) if is_ring else []
    if len(letters) == 1:
        return letters[0], _READ_INSIDE
    near = [
        (distance, option.label)
        for option in span.options
        if passage.glyphs[option.label_start].page == page
        and (distance := _distance(passage, option, mark)) is not None
    ]
    if near:
        return min(near)[1], 1.0
    known = {option.label for option in span.options}
    missing = [label for label in OPTION_LETTERS[: max(_USUAL, len(known))] if label not in known]
    return (missing[0], _ONLY_MISSING) if is_ring and len(missing) == 1 else ("", 0.0)


def _letters_inside(passage: Passage, span: Span, page: int, mark: PenMark) -> list[str]:
    return [
        passage.text[index]
        for index in range(span.stem_stop, span.stop)
        if passage.glyphs[index].page == page
        and passage.text[index] in OPTION_LETTERS
        and is_inside(passage.glyphs[index].bbox, mark.bbox)
    ]


def _is_among_options(passage: Passage, span: Span, page: int, mark: PenMark) -> bool:
    """Whether a mark is level with a row of the options."""
    _, y = centre(mark.bbox)
    return any(
        number == page and box[1] - 0.3 * box[3] <= y <= box[1] + 1.3 * box[3]
        for number, box in passage.places(span.stem_stop, span.stop)
    )


def _evidence(label: str, page: int, bbox: BBox, confidence: float) -> Evidence:
    return Evidence(
        kind=EvidenceKind.ANSWER, page=page, bbox=bbox, text=label, confidence=confidence
    )


def odd_options(passage: Passage, span: Span, ink: Ink, *, is_several: bool) -> ReadAnswer | None:
    """The option whose label was read unlike the others: a pen may have gone around it.

    With ``is_several`` they may be several; a label that surely has no mark is none. Never sure: it
    is what a person should look at first.
    """
    shapes = [_shape(passage, option) for option in span.options]
    # Of two equally common shapes the longer one is the printed one: pens take signs away.
    counts = sorted(Counter(shapes).items(), key=lambda item: (item[1], len(item[0])))
    if not counts or counts[-1][1] < _MIN_USUAL:
        return None
    odd = [
        option
        for option, shape in zip(span.options, shapes, strict=True)
        if shape != counts[-1][0]
        and not ink.is_unmarked(
            passage.glyphs[option.label_start].page, passage.glyphs[option.label_start].bbox
        )
    ]
    if not odd or (len(odd) > 1 and not is_several):
        return None
    evidence = tuple(
        _evidence(option.label, glyph.page, glyph.bbox, _ODD)
        for option in sorted(odd, key=lambda option: option.label)
        for glyph in (passage.glyphs[option.label_start],)
    )
    text = "".join(item.text for item in evidence)
    return ReadAnswer(text=text, confidence=_ODD, evidence=evidence)


def _shape(passage: Passage, option: FoundOption) -> str:
    """How a label is written, without its letter: (X) or X."""
    shape = ""
    for index in range(option.start, option.body):
        char = passage.text[index]
        is_letter = index == option.label_start and char.upper() == option.label
        if not char.isspace():
            shape += "X" if is_letter else _SIGNS.get(char, char)
    return shape


def is_unmarked(passage: Passage, span: Span, ink: Ink) -> bool:
    """Whether the labels of all options were looked at, none is lost, and none has a mark."""
    known = sorted({option.label for option in span.options})
    return "".join(known) == OPTION_LETTERS[: max(_USUAL, len(known))] and all(
        ink.is_unmarked(glyph.page, glyph.bbox)
        for glyph in (passage.glyphs[option.label_start] for option in span.options)
    )


def lost_option(passage: Passage, span: Span, ink: Ink) -> ReadAnswer | None:
    """The one option whose label was not read while all others are unmarked: a pen hides it."""
    known = {option.label for option in span.options}
    lost = [label for label in OPTION_LETTERS[:_USUAL] if label not in known]
    labels = [passage.glyphs[option.label_start] for option in span.options]
    if len(lost) != 1 or not all(ink.is_unmarked(glyph.page, glyph.bbox) for glyph in labels):
        return None
    evidence = _evidence(lost[0], labels[0].page, labels[0].bbox, _ONLY_MISSING)
    return ReadAnswer(text=lost[0], confidence=_ONLY_MISSING, evidence=(evidence,))


def selected_options(
    passage: Passage, span: Span, ink: Ink, *, is_several: bool
) -> ReadAnswer | None:
    """The answer given by marking options; None when none or all of them are marked.

    ``is_several``: the question may have several answers. Several marks are not sure for one that
    has one answer; of all but one the other is meant: a student notes what is true of each. Options
    that are struck are not chosen; where no other is and all but one are struck, that one is.
    """
    chosen = _chosen(passage, span, ink)
    options = {option.label: option for option in span.options}
    if not chosen:
        return _left_of_struck(passage, span, ink)
    if len(chosen) == len(options) > 1:
        return None
    answer = _answer([chosen[label] for label in sorted(chosen)])
    if is_several or len(chosen) == 1:
        return answer
    left = [option for label, option in options.items() if label not in chosen]
    if len(left) == 1:
        glyph = passage.glyphs[left[0].label_start]
        answer = _answer([_evidence(left[0].label, glyph.page, glyph.bbox, _SEVERAL)])
    return at_most(answer, _SEVERAL)


def _chosen(passage: Passage, span: Span, ink: Ink) -> dict[str, Evidence]:
    """The surest mark of each chosen option, by its label."""
    chosen: dict[str, Evidence] = {}
    for label, evidence in _marked(passage, span, ink):
        if label not in chosen or chosen[label].confidence < evidence.confidence:
            chosen[label] = evidence
    if any(item.confidence >= CLEAR_MARK for item in chosen.values()):
        # Beside a clear mark what only looks unlike other labels is none.
        chosen = {label: item for label, item in chosen.items() if item.confidence >= CLEAR_MARK}
    if not chosen:
        for option in span.options:
            glyph = passage.glyphs[option.label_start]
            if option.mark and option.mark != "×" and not ink.is_struck(glyph):
                chosen[option.label] = _evidence(option.label, glyph.page, glyph.bbox, _READ_ONLY)
    return chosen


def _left_of_struck(passage: Passage, span: Span, ink: Ink) -> ReadAnswer | None:
    """The one option that is left when all others are struck, as sure as these strokes are."""
    labels = {option.label: passage.glyphs[option.label_start] for option in span.options}
    struck = {label: glyph for label, glyph in labels.items() if ink.is_struck(glyph)}
    left = [label for label in labels if label not in struck]
    is_whole = "".join(sorted(labels)) == OPTION_LETTERS[: max(_USUAL, len(labels))]
    if len(left) != 1 or not is_whole:
        return None
    glyph = labels[left[0]]
    sure = min(ink.struck_confidence(other) for other in struck.values())
    if not ink.is_unmarked(glyph.page, glyph.bbox):
        sure = min(sure, _ONLY_MISSING)
    return _answer([_evidence(left[0], glyph.page, glyph.bbox, sure)])


def _answer(evidence: Sequence[Evidence]) -> ReadAnswer:
    return ReadAnswer(
        text="".join(item.text for item in evidence),
        confidence=min(item.confidence for item in evidence),
        evidence=tuple(evidence),
    )
