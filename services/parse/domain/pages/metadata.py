"""Title, subject, grade, full marks, duration, and the student's name, number and class."""

import re
from collections.abc import Sequence

from services.parse.domain.pages.reading_order import rows_of
from services.parse.domain.text.geometry import centre, x_overlap
from services.parse.domain.text.glyphs import GAP, advance
from shared.contract.reading import PageText, PaperMetadata, TextLine

_TITLE_WORDS = re.compile(
    r"试\s*[卷题]|考试|测试|测验|检测|练习|联考|模拟|期[中末]|月考|竞赛|作业"
    r"|exam|test|quiz|paper|assessment|midterm|final|worksheet",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"注意|满分|考试时间|时间[:：]|姓名|班级|学号|考号|得分|座位|www\.|http|name\s*[:：_]|电话",
    re.IGNORECASE,
)
_SUBJECTS = {
    "数学": "mathematics|maths?|algebra|geometry",
    "语文": "chinese",
    "英语": "english",
    "物理": "physics",
    "化学": "chemistry",
    "生物": "biology",
    "历史": "history",
    "地理": "geography",
    "政治": "politics|political science",
    "科学": "science",
    "道德与法治": "civics",
}
_GRADE = (
    re.compile(r"(?:小学)?[一二三四五六七八九]年级|初[一二三]|高[一二三]|高中|初中|[1-9]年级"),
    re.compile(r"\bGrade\s*\d{1,2}\b|\bYear\s*\d{1,2}\b|\b\d{1,2}th\s+grade\b", re.IGNORECASE),
)
_FULL = (
    re.compile(
        r"(?:满\s*分|总\s*分|卷面|全卷共?|试卷共)\s*+(?:[为计值]\s*+)?(?:[:：]\s*+)?(\d{2,3})\s*分?"
    ),
    re.compile(
        r"(?:full\s*(?:marks?|score)|total\s*(?:marks?|points|score)|out of)\s*[:：]?\s*(\d{2,3})",
        re.IGNORECASE,
    ),
    re.compile(r"[（(]\s*(\d{2,3})\s*(?:marks|points)\s*[)）]", re.IGNORECASE),
)
_MINUTES = (
    re.compile(
        r"(?:时\s*间|时\s*量|限\s*时|用\s*时)\s*+(?:[为共]\s*+)?(?:[:：]\s*+)?(\d{2,3})\s*(?:分\s*钟|分|min)"
    ),
    re.compile(r"(\d{2,3})\s*分钟"),
    re.compile(r"(?:time|duration)[^\d\n]{0,20}(\d{2,3})\s*min", re.IGNORECASE),
    re.compile(r"(\d{2,3})\s*minutes", re.IGNORECASE),
)
#: Other fields of the head: where one of them begins, the value before it ends.
_FIELDS = (
    r"班\s*级|学\s*号|考\s*号|姓\s*名|学\s*校|座\s*位|座\s*号|得\s*分|成\s*绩|准\s*考|考\s*场|年\s*级"
    r"|分\s*数|总\s*分|满\s*分|日\s*期|Class|Name|No\b|Number|Student|Score|Date|School|Grade|ID\b"
)
_RULE = r"[_＿ \u2003]*"
_VALUE = (
    rf"(?!{_FIELDS})([^\s_＿][^\n]{{0,30}}?)[_＿\s]*(?=\s*(?:{_FIELDS})|[\u2003\n|]|\s{{3,}}|$)"
)
_NAME = re.compile(
    rf"(?:姓\s*名|(?<![A-Za-z])Name)\s*[:：]?{_RULE}{_VALUE}",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:学\s*号|考\s*号|准\s*考\s*证\s*号|考生号|座\s*号|座位号"
    r"|Student\s*(?:No|ID|Number)|Candidate\s*(?:No|Number)|(?<![A-Za-z])(?:No|ID))"
    r"[.．]?\s*[:：]?\s*[_＿\s]*([A-Za-z]{0,3}\d[\d \-]{0,19}\d|\d)",
    re.IGNORECASE,
)
_CLASS = re.compile(
    rf"(?:班\s*级|(?<![A-Za-z])Class)\s*[:：]?{_RULE}{_VALUE}",
    re.IGNORECASE,
)


#: Letters of one title are about as large: in the largest ones.
_AS_LARGE = 0.6  #: A title, and each piece of one, has so many letters.
_MIN_LETTERS = 3


def _first(patterns: Sequence[re.Pattern[str]], text: str) -> str | None:
    for pattern in patterns:
        match = pattern.search(text)
        if match:
            return match[1] if match.re.groups else match[0]
    return None


def _title(page: PageText, head_bottom: float) -> str | None:
    """The tallest text in the head, or the one that says exam; wrapped titles are joined."""
    lines = page.lines
    head = [
        index
        for index, line in enumerate(lines)
        if centre(line.bbox)[1] < head_bottom and not _NO_TITLE.search(line.text)
    ]
    rows = rows_of(lines, head)
    best: tuple[float, int] | None = None
    for position, row in enumerate(rows):
        text = "".join(lines[i].text for i in row)
        height = max(lines[i].bbox[3] for i in row)
        if len(re.sub(r"\W|\d", "", text)) < _MIN_LETTERS:
            continue
        score = height * (1.6 if _TITLE_WORDS.search(text) else 1.0)
        if best is None or score > best[0]:
            best = (score, position)
    if best is None:
        return None
    row = rows[best[1]]
    worded = [i for i in row if len(re.sub(r"\W|\d", "", lines[i].text)) >= _MIN_LETTERS] or row
    largest = max(_size(lines[i]) for i in worded)
    # What stands beside the title in small print, such as captions, is none of it; nor are signs.
    chosen = [
        i
        for i in row
        if _size(lines[i]) >= _AS_LARGE * largest and (i in worded or lines[i].text.isdecimal())
    ]
    height = max(lines[i].bbox[3] for i in chosen)
    parts = [chosen]
    # A second line of the title is in letters about as large and directly above or below.
    for position in (best[1] - 1, best[1] + 1):
        if 0 <= position < len(rows):
            near = rows[position]
            distance = abs(lines[near[0]].bbox[1] - lines[chosen[0]].bbox[1])
            is_large = min(_size(lines[i]) for i in near) > _AS_LARGE * largest
            is_over = any(x_overlap(lines[i].bbox, lines[j].bbox) > 0 for i in near for j in chosen)
            said = " ".join(lines[i].text for i in near)
            is_about_marks = _first(_FULL, said) or _first(_MINUTES, said)
            if is_large and is_over and distance < 2.2 * height and not is_about_marks:
                parts = [near, *parts] if position < best[1] else [*parts, near]
    text = " ".join(" ".join(lines[i].text for i in row) for row in parts)
    return re.sub(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])", "", text).strip() or None


def _size(line: TextLine) -> float:
    """How large the letters of a line are: its box may hold a picture, or two rows."""
    letters = sum(map(advance, line.text))
    return min(line.bbox[3], line.bbox[2] / letters) if letters else 0.0


def _subject(title: str | None, text: str) -> str | None:
    labelled = re.search(r"(?:科\s*目|Subject)\s*[:：]\s*([^\s\u2003]{2,20})", text, re.IGNORECASE)
    places = [labelled[1]] if labelled else []
    places += [title or "", text]
    for place in places:
        for name, english in _SUBJECTS.items():
            if name in place or re.search(rf"\b(?:{english})\b", place, re.IGNORECASE):
                return name if name in place else _english_name(english, place)
    return None


def _english_name(pattern: str, place: str) -> str:
    match = re.search(rf"\b(?:{pattern})\b", place, re.IGNORECASE)
    return match[0].capitalize() if match else ""


def _clean(value: str | None) -> str | None:
    text = re.sub(r"[_＿\s\u2003]+", " ", value or "").strip(" ：:.。,，、()（）")
    return text or None


def student_in(head: str) -> tuple[str | None, str | None]:
    """The name and the number of the student in the rows ``head``; None where left empty."""
    name, number = _NAME.search(head), _NUMBER.search(head)
    return _clean(name[1]) if name else None, _clean(number[1]) if number else None


def read_metadata(page: PageText, head: str, head_bottom: float) -> PaperMetadata:
    """What the head of the first page says.

    ``head`` is its text before the first question, ``head_bottom`` the y where that begins. Fields
    that are not printed, or were left empty, are None.
    """
    above = [i for i, line in enumerate(page.lines) if centre(line.bbox)[1] < head_bottom]
    # Rows across the whole page: fields may stand over both columns of the text below.
    rows = [GAP.join(page.lines[i].text for i in row) for row in rows_of(page.lines, above)]
    text = "\n".join([*rows, head])
    title = _title(page, head_bottom)
    full, minutes = _first(_FULL, text), _first(_MINUTES, text)
    name, number = student_in(text)
    group = _CLASS.search(text)
    return PaperMetadata(
        title=title,
        subject=_subject(title, head),
        grade=_first(_GRADE, f"{title or ''}\n{head}"),
        full_score=float(full) if full else None,
        duration_minutes=int(minutes) if minutes else None,
        student_name=name,
        student_number=number,
        class_name=_clean(group[1]) if group else None,
    )
