"""Makes up completed papers from a question bank: which questions, which responses, which look."""

import random
from collections.abc import Sequence
from dataclasses import replace

from bank import BankQuestion
from figures import FIGURES
from layouts import Headings, choose_layout, choose_place
from paper import AnswerPlace, Item, Layout, Manner, Paper, Section
from responding import Shares, Student, is_usable

from shared.contract.questions import QuestionType

_TRUE_FALSE_PAIRS = {"zh": (("√", "×"), ("√", "×"), ("T", "F"), ("对", "错")), "en": (("T", "F"),)}
_TITLES = {
    QuestionType.SINGLE_CHOICE: ("选择题", "单项选择题", "Multiple choice"),
    QuestionType.MULTIPLE_CHOICE: ("多项选择题", "多选题", "Multiple answers"),
    QuestionType.TRUE_FALSE: ("判断题", "判断正误", "True or false"),
    QuestionType.FILL_IN: ("填空题", "填空题", "Fill in the blanks"),
}
_SUBJECTS_WITH_FIGURES = ("数学", "物理")
_NAMES = ("样例甲", "样例乙", "考生丙", "考生丁")
_GRADES = ("七年级", "八年级", "九年级", "高一", "高二", "高三")


def compose(bank: Sequence[BankQuestion], index: int, rng: random.Random) -> Paper:
    """The paper number ``index`` of a set; every fourth is in English where the bank has it."""
    subjects = sorted({question.subject for question in bank})
    chinese = [subject for subject in subjects if subject != "English"]
    is_english = "English" in subjects and (index % 4 == 3 or not chinese)
    subject = "English" if is_english else chinese[index % len(chinese)]
    language = "en" if is_english else "zh"
    pool = [question for question in bank if question.subject == subject]
    rng.shuffle(pool)
    layout = choose_layout(index, language, rng)
    # A sheet of twice the size holds twice the questions.
    area = layout.width_mm * layout.height_mm / (210 * 297)
    sections = _Sections(pool, bank, language, layout, rng).write(max(1.0, 0.9 * area))
    has_circled_statements = any("①" in i.stem for section in sections for i in section.items)
    if layout.number_style == "circled" and has_circled_statements:
        layout = replace(layout, number_style="{}．")
    is_marked = rng.random() < 0.35
    points = sum(section.points for section in sections)
    minutes = rng.choice((40, 60, 90, 120))
    return Paper(
        title=_title(subject, language, rng),
        subject=subject,
        grade=rng.choice(_GRADES) if language == "zh" else "Grade 8",
        language=language,
        subtitle=(
            f"（满分 {points:g} 分　考试用时 {minutes} 分钟）"
            if language == "zh"
            else f"Full marks: {points:g}    Time: {minutes} minutes"
        ),
        head=_head(language, rng),
        layout=layout,
        sections=sections,
        is_marked=is_marked,
    )


def _title(subject: str, language: str, rng: random.Random) -> str:
    if language == "en":
        return rng.choice(("English Test", "Mid-term English Examination", "English Unit Quiz"))
    return (
        rng.choice(("2024-2025学年第一学期期末考试", "第二次月考", "单元检测卷")) + f"　{subject}"
    )


def _head(language: str, rng: random.Random) -> tuple[tuple[str, str], ...]:
    number = f"{rng.randrange(10_000):04d}"
    if language == "en":
        return (("Class: ", str(rng.randint(1, 9))), ("Name: ", "Sample"), ("No.: ", number))
    return (
        ("班级：", f"{rng.randint(1, 9)}班"),
        ("姓名：", rng.choice(_NAMES)),
        (rng.choice(("考号：", "学号：", "准考证号：")), number),
    )


class _Sections:
    """Takes questions from a shuffled pool until the sections of one paper are full."""

    def __init__(
        self,
        pool: list[BankQuestion],
        order: Sequence[BankQuestion],
        language: str,
        layout: Layout,
        rng: random.Random,
    ) -> None:
        self._pool, self._language, self._rng = pool, language, rng
        self._layout = layout
        self._order = order
        self._shares = Shares(right=rng.uniform(0.45, 0.9))
        self._headings = Headings(language, layout, rng)
        self._number = 1

    def write(self, scale: float) -> tuple[Section, ...]:
        """All sections, with ``scale`` times the usual number of questions."""
        rng = self._rng
        is_continuous = rng.random() < 0.75
        wanted = {
            QuestionType.SINGLE_CHOICE: rng.randint(6, 12),
            QuestionType.MULTIPLE_CHOICE: rng.choice((0, 0, 3)),
            QuestionType.TRUE_FALSE: rng.choice((0, 4, 5, 6)),
            QuestionType.FILL_IN: rng.choice((0, 3, 4, 5)),
        }
        # The pickiest kinds choose first; choices take what is left.
        taken = {kind: self._take(kind, round(wanted[kind] * scale)) for kind in reversed(wanted)}
        sections: list[Section] = []
        for kind in wanted:
            if taken[kind]:
                self._number = self._number if is_continuous else 1
                sections.append(self._section(len(sections), kind, taken[kind]))
        return tuple(sections)

    def _take(self, kind: QuestionType, count: int) -> list[BankQuestion]:
        """About ``count`` questions from the pool; those on one material stay together."""
        taken: list[BankQuestion] = []
        for question in [q for q in self._pool if is_usable(q, kind)]:
            if len(taken) >= count:
                break
            if question in taken:
                continue
            group = [q for q in self._pool if q.material and q.material == question.material]
            taken.extend(sorted(group, key=self._order.index) or [question])
        self._pool = [question for question in self._pool if question not in taken]
        return taken

    def _section(self, index: int, kind: QuestionType, bank: list[BankQuestion]) -> Section:
        rng, is_chinese = self._rng, self._language == "zh"
        each = rng.choice((2, 3, 4, 5))
        points: list[float] = [each] * len(bank)
        if self._layout.has_item_points:
            points = [rng.choice((2, 3, 4, 5, 6)) for _ in bank]
        place = choose_place(self._language, rng)
        pair = rng.choice(_TRUE_FALSE_PAIRS[self._language])
        title = rng.choice(_TITLES[kind][:2]) if is_chinese else _TITLES[kind][2]
        if kind is QuestionType.TRUE_FALSE:
            hint = "（正确的写“{}”，错误的写“{}”）" if is_chinese else " ({} or {})"
            title += hint.format(*pair)
            place = AnswerPlace.INLINE if place is AnswerPlace.OPTIONS else place
        if kind is QuestionType.FILL_IN:
            place = AnswerPlace.INLINE
        label, heading = self._headings.write(index, title, points)
        manner = rng.choice((Manner.CIRCLED, Manner.TICKED))
        student = Student(kind, place, pair, manner, self._shares, rng)
        items = []
        for question, worth in zip(bank, points, strict=True):
            item = student.respond(question, str(self._number), worth)
            items.append(self._with_surroundings(item, question, bank))
            self._number += 1
        return Section(label, heading, tuple(items), place, title=title)

    def _with_surroundings(
        self, item: Item, question: BankQuestion, section: list[BankQuestion]
    ) -> Item:
        """``item`` with the material above the first question on it, or with a figure."""
        sharing = [q for q in section if q.material and q.material == question.material]
        if sharing and sharing[0] == question:
            first = int(item.number)
            asks = f"据此完成{first}～{first + len(sharing) - 1}题。"
            return replace(item, material=question.material + asks)
        if question.subject in _SUBJECTS_WITH_FIGURES and self._rng.random() < 0.12:
            return replace(item, figure=self._rng.choice(sorted(FIGURES)))
        return item
