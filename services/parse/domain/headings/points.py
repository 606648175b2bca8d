"""Points printed in headings and stems: 每小题3分，共15分; 2 marks each; (10 points)."""

import re
from dataclasses import dataclass, replace

_N = r"(\d{1,3}(?:\.\d)?)"
_UNIT_EN = r"(?:points?|marks?|pts?|%)"
_EACH = (
    re.compile(rf"\d{{1,2}}\s*[×xX*✕]\s*{_N}\s*分?\s*[=＝]\s*\d"),
    # Of questions before of blanks: 每空2分，每小题4分.
    re.compile(rf"每\s*(?:一)?\s*(?:小\s*)?题\s*{_N}\s*分"),
    re.compile(rf"每\s*(?:一)?\s*(?:小\s*)?(?:空|个|词|句|处|格)\s*{_N}\s*分"),
    re.compile(rf"{_N}\s*分\s*[/／]\s*(?:小?题|空)"),
    re.compile(rf"{_N}\s*{_UNIT_EN}\s*(?:for\s+)?(?:each|per|apiece|a\s+question)", re.IGNORECASE),
    re.compile(rf"each\s+(?:\w+\s+){{0,4}}?{_N}\s*{_UNIT_EN}", re.IGNORECASE),
)
_TOTAL = (
    re.compile(rf"\d\s*[×xX*✕]\s*\d{{1,3}}\s*分?\s*[=＝]\s*{_N}"),
    re.compile(rf"[共计满]\s*+(?:(?:计|分)\s*+)?(?:[:：]\s*+)?{_N}\s*分"),
    re.compile(rf"总分\s*[:：]?\s*{_N}"),
    re.compile(rf"(?:total(?:\s+of)?|out of|full\s+marks?)\s*[:：]?\s*{_N}", re.IGNORECASE),
    re.compile(rf"{_N}\s*{_UNIT_EN}\s*(?:in\s+total|altogether|total)", re.IGNORECASE),
)
_PLAIN = (
    re.compile(rf"[（(\[【]\s*(?:本\s*(?:小|大)?\s*题\s*)?(?:满分)?\s*{_N}\s*分\s*[)）\]】]"),
    re.compile(rf"(?<![每第\d.])\b{_N}\s*分(?![钟之\d])"),
    re.compile(rf"(?<![\d.]){_N}\s*{_UNIT_EN}(?!\s*(?:each|per|apiece|a\s))", re.IGNORECASE),
)
_COUNT = re.compile(r"共\s*(\d{1,3})\s*(?:小|个)?\s*(?:题|空)")
_COUNT_EN = re.compile(r"(\d{1,3})\s*(?:questions|items|problems|blanks)", re.IGNORECASE)
_SINGLE = re.compile(rf"第\s*(\d{{1,3}})\s*(?:小|大)?题\s*(?:为|每题)?\s*{_N}\s*分")
_RANGE = re.compile(
    rf"第?\s*(\d{{1,3}})\s*[-~—–～至到]\s*(\d{{1,3}})\s*(?:小|大)?题\s*(?:每小?题)?\s*{_N}\s*分"
)
_QUESTION = re.compile(
    rf"^\s*[（(\[【]\s*(?:本\s*小?\s*题\s*)?(?:满分|共)?\s*{_N}\s*"
    rf"(?:分|points?|marks?|pts?)\s*[)）\]】]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PrintedPoints:
    """What a heading says: points of the whole, of each question, of single numbers.

    ``is_per_blank``: ``each`` is of every blank, of which a question may have several.
    """

    total: float | None = None
    each: float | None = None
    count: int | None = None
    single: tuple[tuple[int, float], ...] = ()
    is_per_blank: bool = False

    def among(self, questions: int) -> "PrintedPoints":
        """The same where the section has so many ``questions``; blanks may be more than these."""
        is_more = self.total is not None and self.total != questions * (self.each or 0.0)
        return replace(self, each=None) if self.is_per_blank and is_more else self

    def of(self, number: int | None) -> float | None:
        """Points of the question with this number, where the heading tells."""
        return dict(self.single).get(number, self.each) if number is not None else self.each


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> float | None:
    for pattern in patterns:
        match = pattern.search(text)
        if match:
            return float(match[1])
    return None


def _singles(text: str) -> tuple[tuple[int, float], ...]:
    found = [(int(number), float(points)) for number, points in _SINGLE.findall(text)]
    for first, last, points in _RANGE.findall(text):
        if 0 <= int(last) - int(first) < 100:
            found += [(number, float(points)) for number in range(int(first), int(last) + 1)]
    return tuple(found)


def read_points(heading: str) -> PrintedPoints:
    """The points a section heading names; total follows from count × each when not printed."""
    text = re.sub(r"\s+", " ", heading)
    each, total = _first(_EACH, text), _first(_TOTAL, text)
    match = _COUNT.search(text) or _COUNT_EN.search(text)
    count = int(match[1]) if match else None
    singles = _singles(text)
    if total is None:
        rest = text
        for pattern in (*_EACH, _SINGLE, _RANGE):
            rest = pattern.sub(" ", rest)
        total = _first(_PLAIN, rest)
    if total is None and each is not None and count is not None:
        total = each * count
    return PrintedPoints(total, each, count, singles, is_per_blank=_is_per_blank(text))


def _is_per_blank(text: str) -> bool:
    """Whether points are of blanks, 每空1分, and none of questions."""
    first = next((match for pattern in _EACH if (match := pattern.search(text))), None)
    return first is not None and "空" in first[0]


def question_points(stem: str) -> float | None:
    """Points printed at the start of a stem, as in （12分）; None without."""
    match = _QUESTION.match(stem)
    return float(match[1]) if match else None
