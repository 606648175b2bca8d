"""Whether two page views are of one and the same sheet of paper."""

from services.ingest.domain.likeness.ink_difference import is_same_ink
from services.ingest.domain.likeness.page_alignment import homography, lay_over
from services.ingest.domain.likeness.page_view import PageView


def shared_corners(known: PageView, ours: PageView) -> int:
    """How many corners agree on one position of the pages over each other; 0 when too few do.

    Sheets of one template share many. So this only tells which exam to look at first.
    """
    found = homography(known, ours)
    return 0 if found is None else found[1]


def is_same_sheet(known: PageView, ours: PageView) -> bool:
    """Whether both views show the same print and the same handwriting.

    The same sheet does when it is scanned, re-encoded or photographed again. Another student's
    answers on the same print do not. Two pages without ink are taken to agree.
    """
    if known.is_blank or ours.is_blank:
        return known.is_blank and ours.is_blank
    # The smaller view sets the scale: what it cannot show cannot be compared.
    first, second = (known, ours) if known.ink.size <= ours.ink.size else (ours, known)
    found = homography(first, second)
    if found is None:
        return False
    return is_same_ink(first.ink, lay_over(first.ink, second.ink, found[0]))
