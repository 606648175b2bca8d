"""Which parts of the pages show a question: what a person looks at when it needs review."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.report.domain.page.places import Place, Places
from shared.contract.model import BBox
from shared.contract.reading import PageImage

#: Air around a question, as a share of its page's width.
_MARGIN = 0.012


@dataclass(frozen=True, slots=True)
class QuestionCrop:
    """The parts of question ``ordinal``, in reading order: (page, box in px)."""

    ordinal: int
    parts: tuple[Place, ...]


def question_crops(places: Places, pages: Sequence[PageImage]) -> tuple[QuestionCrop, ...]:
    """One crop for every question whose place on the pages is known.

    On each page it is the box around the question and everything that its verdict rests on.
    """
    sizes = {page.number: (page.width_px, page.height_px) for page in pages}
    crops = []
    for ordinal, found in sorted(places.items()):
        boxes: dict[int, list[BBox]] = {}
        for page, box in (*found.whole, *found.evidence):
            boxes.setdefault(page, []).append(box)
        parts = tuple(_parts(boxes, sizes))
        if parts:
            crops.append(QuestionCrop(ordinal, parts))
    return tuple(crops)


def _parts(
    boxes: Mapping[int, list[BBox]], sizes: Mapping[int, tuple[int, int]]
) -> Iterable[Place]:
    for page, found in sorted(boxes.items()):
        if page not in sizes:
            continue
        width, height = sizes[page]
        air = _MARGIN * width
        left = max(min(x for x, _, _, _ in found) - air, 0.0)
        top = max(min(y for _, y, _, _ in found) - air, 0.0)
        right = min(max(x + w for x, _, w, _ in found) + air, float(width))
        bottom = min(max(y + h for _, y, _, h in found) + air, float(height))
        if right > left and bottom > top:
            yield page, (left, top, right - left, bottom - top)
