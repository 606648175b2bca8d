"""What stands around the text of a page: headers, footers, page numbers, the binding margin."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.parse.domain.text.geometry import bottom, centre, median, right
from shared.contract.reading import PageText, TextLine

_PAGE_NUMBER = (
    re.compile(r"第\s*(?P<n>\d{1,3})\s*页\s*[，,/（(]?\s*共\s*(?P<of>\d{1,3})\s*页"),
    re.compile(r"共\s*(?P<of>\d{1,3})\s*页\s*[，,/（(]?\s*第\s*(?P<n>\d{1,3})\s*页"),
    re.compile(r"^\W*第\s*(?P<n>\d{1,3})\s*页\W*$"),
    re.compile(r"\bPage\s*(?P<n>\d{1,3})(?:\s*(?:of|/)\s*(?P<of>\d{1,3}))?\W*$", re.IGNORECASE),
    re.compile(r"^\s*[-–—]\s*(?P<n>\d{1,3})\s*[-–—]\s*$"),
    re.compile(r"^\s*(?P<n>\d{1,3})\s*/\s*(?P<of>\d{1,3})\s*$"),
    re.compile(r"^\s*(?P<n>\d{1,3})\s*$"),
)
_BINDING = frozenset("装订线密封内不要答题学校姓名班级考号座位准证订：:_…线封密○")
#: What is printed or stamped above a paper's title, such as 绝密★启用前.
_STAMP = re.compile(r"\s*[^\d★☆]{0,6}[★☆][^\d★☆]{0,8}")
#: Page numbers stand in this share of the page at its top and bottom.
_EDGE_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class PageNumber:
    """The printed number of a page, and of how many, where that is printed too.

    ``is_labelled`` says that it says so itself; a plain number may be another.
    """

    number: int
    total: int | None
    line: int
    is_labelled: bool = False


def page_number(page: PageText) -> PageNumber | None:
    """The page number printed at the lower or upper edge."""
    edge = _EDGE_SHARE * page.height_px
    order = sorted(range(len(page.lines)), key=lambda i: -page.lines[i].bbox[1])
    for rank, pattern in enumerate(_PAGE_NUMBER):
        for index in order:
            line = page.lines[index]
            _, y = centre(line.bbox)
            # Only a number that says "page" may stand further inside a cropped scan.
            is_plain = rank >= len(_PAGE_NUMBER) - 3
            if is_plain and edge < y < page.height_px - edge:
                continue
            match = pattern.search(line.text)
            if match is None or (is_plain and not _is_outermost(page, index)):
                continue
            total = match.groupdict().get("of")
            return PageNumber(
                int(match["n"]), int(total) if total else None, index, is_labelled=not is_plain
            )
    return None


def _is_outermost(page: PageText, index: int) -> bool:
    top, low = page.lines[index].bbox[1], bottom(page.lines[index].bbox)
    others = [line for i, line in enumerate(page.lines) if i != index]
    return all(line.bbox[1] < top for line in others) or all(bottom(o.bbox) > low for o in others)


def is_vertical(line: TextLine) -> bool:
    """Whether a line's characters stand on top of each other or are turned by a quarter."""
    count = sum(1 for char in line.text if not char.isspace())
    return count >= 3 and line.bbox[3] > 1.6 * line.bbox[2]


def binding_margin(page: PageText) -> frozenset[int]:
    """Indexes of the lines in the binding margin: vertical text at the left or right edge."""
    lines = page.lines
    vertical = {index for index, line in enumerate(lines) if is_vertical(line)}
    body = [line for index, line in enumerate(lines) if index not in vertical]
    wide = [line for line in body if line.bbox[2] > 6 * line.bbox[3]]
    left = min((line.bbox[0] for line in wide), default=0.0)
    far = max((right(line.bbox) for line in wide), default=float(page.width_px))
    for index, line in enumerate(lines):
        is_beside = right(line.bbox) <= left or line.bbox[0] >= far
        if is_beside and len(line.text) <= 3 and set(line.text) <= _BINDING:
            vertical.add(index)
    return frozenset(vertical)


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", text))


def repeated_edges(pages: Sequence[PageText]) -> dict[int, frozenset[int]]:
    """By page: indexes of edge lines that most pages repeat, digits apart."""
    counts: Counter[str] = Counter()
    edges: dict[int, dict[int, str]] = {}
    for position, page in enumerate(pages):
        edge = _EDGE_SHARE * page.height_px
        edges[position] = {
            index: _shape(line.text)
            for index, line in enumerate(page.lines)
            if not edge < centre(line.bbox)[1] < page.height_px - edge and len(line.text) >= 4
        }
        counts.update(set(edges[position].values()))
    return {
        position: frozenset(
            index for index, shape in found.items() if counts[shape] >= max(2, 0.6 * len(pages))
        )
        for position, found in edges.items()
    }


def _stamps(page: PageText) -> set[int]:
    edge = _EDGE_SHARE * page.height_px
    return {
        index
        for index, line in enumerate(page.lines)
        if centre(line.bbox)[1] < edge and _STAMP.fullmatch(line.text)
    }


def frame_lines(page: PageText, repeated: frozenset[int]) -> frozenset[int]:
    """Indexes of all lines of a page that are no content of the paper."""
    frame = set(repeated) | set(binding_margin(page)) | _stamps(page)
    number = page_number(page)
    if number is not None:
        line = page.lines[number.line]
        frame.add(number.line)
        em = median((other.bbox[3] for other in page.lines), 20.0)
        if line.bbox[1] > (1 - 2 * _EDGE_SHARE) * page.height_px:
            frame |= {i for i, o in enumerate(page.lines) if o.bbox[1] > bottom(line.bbox) + em / 2}
            frame |= {
                i
                for i, o in enumerate(page.lines)
                if abs(centre(o.bbox)[1] - centre(line.bbox)[1]) < em / 2
            }
    return frozenset(frame)
