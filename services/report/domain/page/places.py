"""Where questions and their answers stand on the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.contract.documents import QuestionResult
from shared.contract.model import BBox
from shared.contract.questions import Evidence, EvidenceKind
from shared.contract.reading import ReadPaper, ReadQuestion

#: A box on the page of that number, in pixels of the normalised image.
Place = tuple[int, BBox]

#: Kinds of evidence that stand on a page, the best place for a symbol first.
_ON_PAGE = (EvidenceKind.ANSWER, EvidenceKind.SCORE, EvidenceKind.MARK)


@dataclass(frozen=True, slots=True)
class QuestionPlaces:
    """``evidence`` are the boxes that a verdict rests on, ``whole`` those of the question."""

    evidence: tuple[Place, ...] = ()
    whole: tuple[Place, ...] = ()


#: By the question's ordinal in the result.
Places = Mapping[int, QuestionPlaces]


def find_places(questions: Sequence[QuestionResult], paper: ReadPaper) -> Places:
    """The places of every question, as far as they are known.

    The key may order and number questions differently from the paper as read. So a question is
    recognised by an evidence box that both share, otherwise by its section and number, otherwise by
    its number where that is unique.
    """
    by_box: dict[Place, ReadQuestion] = {}
    by_name: dict[tuple[str | None, str], list[ReadQuestion]] = {}
    for read in paper.questions:
        answered = read.answer.evidence if read.answer else ()
        by_box |= dict.fromkeys(_places((*answered, *read.marks)), read)
        by_name.setdefault((read.section, read.number), []).append(read)
        by_name.setdefault((None, read.number), []).append(read)
    found: dict[int, QuestionPlaces] = {}
    for question in questions:
        evidence = _places(question.evidence)
        candidates = [by_box[place] for place in evidence if place in by_box][:1]
        candidates = candidates or by_name.get((question.section, question.number), [])
        candidates = candidates or by_name.get((None, question.number), [])
        whole = candidates[0].places if len(candidates) == 1 else ()
        found[question.ordinal] = QuestionPlaces(evidence, whole)
    return found


def _places(evidence: Sequence[Evidence]) -> tuple[Place, ...]:
    on_page = sorted(
        (entry for entry in evidence if entry.kind in _ON_PAGE),
        key=lambda entry: _ON_PAGE.index(entry.kind),
    )
    return tuple(
        (entry.page, entry.bbox)
        for entry in on_page
        if entry.page is not None and entry.bbox is not None
    )
