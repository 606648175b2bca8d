"""Duplicate layer 3: which of the exams that come near have the same sheets as ours."""

from collections.abc import Mapping, Sequence

from services.ingest.domain.likeness.page_likeness import is_same_sheet, shared_corners
from services.ingest.domain.likeness.page_prints import is_blank, view_of_corners, view_of_print
from services.ingest.steps.ports import Images
from shared.contract.duplicates import PagePrint

#: Exams whose corners are matched with ours.
MAX_CANDIDATES = 64
#: Exams among them whose ink is then compared.
MAX_VERIFIED = 6


def nearest_exams(ours: Sequence[PagePrint], known: Mapping[str, Sequence[PagePrint]]) -> list[str]:
    """The exams that share the most corners with ours on every page, at most MAX_VERIFIED."""
    views = [None if is_blank(page) else view_of_corners(page.corners) for page in ours]
    shares: dict[str, int] = {}
    for exam_id, prints in known.items():
        counts = [
            shared_corners(view_of_corners(page.corners), view)
            for view, page in zip(views, prints, strict=True)
            if view is not None
        ]
        if all(counts):
            shares[exam_id] = sum(counts)
    return sorted(shares, key=lambda exam_id: -shares[exam_id])[:MAX_VERIFIED]


def is_same_page(
    prints: tuple[PagePrint, PagePrint], inks: tuple[bytes, bytes], images: Images
) -> bool:
    """Whether two pages, the known one first, are one sheet. ``inks`` are their stored views."""
    known, ours = (
        view_of_print(images.decode_grey(ink), page.corners)
        for page, ink in zip(prints, inks, strict=True)
    )
    return is_same_sheet(known, ours)
