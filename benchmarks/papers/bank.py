"""Reads question banks in the GAOKAO-Bench fields: ``example`` of question, answer and score."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from latex import UnsupportedFormulaError, to_typst
from paper import PLACE
from typeset import can_print

_SUBJECTS = {
    "English": "English",
    "Biology": "生物",
    "Chemistry": "化学",
    "Chinese": "语文",
    "Geography": "地理",
    "History": "历史",
    "Math": "数学",
    "Physics": "物理",
    "Political": "政治",
}
_LETTERS = "ABCD"
_LEADING_NUMBER = re.compile(r"^\s*[（(]?\d{1,2}[）)]?\s*[．.、，]?\s*")
_LEADING_POINTS = re.compile(r"^\s*[（(]\s*\d+\s*分\s*[）)]\s*")
_EMPTY_BRACKETS = re.compile(r"\$?[（(]\s*\$?\s*(?:\\quad)?\s*\$?\s*[）)]\s*\$?\s*[．.。]?")
#: Where a question of several on one material starts: its number and its points.
_NUMBERED_PART = re.compile(r"(?:(?<=\s)|^)\d{1,2}\s?[．.、]\s?[（(]\s?\d+\s?分\s?[）)]")
_ASKS_BELOW = re.compile(
    r"(?:据此|回答|读图)?[^，。．]{0,6}(?:完成|回答)[^，。．]{0,12}题[。．.]?$"
)
_FULL_WIDTH = str.maketrans({"﹣": "－", "﹤": "＜", "﹥": "＞", "‑": "-", "\u00a0": " "})
#: A Chinese font draws curly quotes as wide as an ideograph.
_STRAIGHT_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A usable question. ``answer`` is letters with options, else the text for the blank.

    ``stem`` has its answer place as ``PLACE`` without brackets, or none. Neighbours with the same
    ``material`` are asked together below it.
    """

    subject: str
    stem: str
    options: tuple[str, ...]
    answer: str
    material: str = ""

    @property
    def is_english(self) -> bool:
        """Whether the question is in English."""
        return self.subject == "English"


def load_bank(folder: Path) -> tuple[BankQuestion, ...]:
    """Every question of the folder's JSON files that can be printed, in a fixed order."""
    return tuple(
        question
        for path in sorted(folder.glob("*.json"))
        for question in _read_file(path.stem, json.loads(path.read_text()))
    )


def _read_file(name: str, document: dict[str, Any]) -> Iterator[BankQuestion]:
    subject = next((zh for en, zh in _SUBJECTS.items() if en in name), "综合")
    for example in document["example"]:
        text = example["question"].translate(_FULL_WIDTH)
        answers = example["answer"]
        if subject == "English":
            text = text.translate(_STRAIGHT_QUOTES)
        yield from _questions(subject, text, answers)


def _questions(subject: str, text: str, answers: str | list[str]) -> list[BankQuestion]:
    """The questions of one entry; none unless all of them can be printed."""
    found: list[BankQuestion | None]
    if isinstance(answers, str):
        found = [_fill_in(subject, text, answers)]
    elif len(answers) == 1:
        found = [_choice(subject, text, answers[0])]
    else:
        found = _choices_on_material(subject, text, answers)
    questions = [question for question in found if question and _is_printable(question)]
    return questions if len(questions) == len(found) else []


def _choices_on_material(subject: str, text: str, answers: list[str]) -> list[BankQuestion | None]:
    """Several questions that follow one material."""
    starts = [match.start() for match in _NUMBERED_PART.finditer(text)]
    if len(starts) != len(answers) or not starts[0]:
        return []
    material = _ASKS_BELOW.sub("", _join_lines(text[: starts[0]]))
    if re.search("完成|回答|表", material):
        return []
    ends = [*starts[1:], len(text)]
    return [
        question and replace(question, material=material)
        for question in (
            _choice(subject, text[start:end].strip(), answer)
            for start, end, answer in zip(starts, ends, answers, strict=True)
        )
    ]


def _choice(subject: str, text: str, answer: str) -> BankQuestion | None:
    marks = _option_marks(text)
    if len(marks) != len(_LETTERS) or not answer or not set(answer) <= set(_LETTERS):
        return None
    stem = _stem(text[: marks[0][0]], is_english=subject == "English")
    ends = [start for start, _ in marks[1:]] + [len(text)]
    options = tuple(
        _join_lines(text[after:end]).rstrip("．.；;。 ")
        for (_, after), end in zip(marks, ends, strict=True)
    )
    if not stem or not all(options) or len(set(options)) < len(_LETTERS):
        return None
    return BankQuestion(subject, stem, options, "".join(sorted(answer)))


def _option_marks(text: str) -> list[tuple[int, int]]:
    """Start of each option's label and of its text, for A to D in this order, from the end.

    Taking the last A that B, C and D follow keeps an A inside the stem from counting.
    """
    for first in reversed(list(re.finditer(r"(?<![A-Za-z\\{])A\s?[．.、:：]", text))):
        marks = [first.span()]
        for letter in _LETTERS[1:]:
            found = re.compile(rf"(?<![A-Za-z\\{{]){letter}\s?[．.、:：]").search(
                text, marks[-1][1]
            )
            if found is None:
                break
            marks.append(found.span())
        if len(marks) == len(_LETTERS):
            return marks
    return []


def _stem(text: str, *, is_english: bool) -> str:
    text = _LEADING_POINTS.sub("", _LEADING_NUMBER.sub("", text))
    if is_english:
        # The blanks were lost to runs of spaces when the bank was made.
        gap = re.compile(r"[ \t\n]{4,}|(?<=[a-z,]) \. *$")
        text = re.sub(r"_{2,}", f" {PLACE} ", text.strip(), count=1)
        if PLACE not in text:
            text = gap.sub(f" {PLACE} ", text, count=1)
        return re.sub(r"\s+", " ", text).replace(" '", "'").strip()
    brackets = list(_EMPTY_BRACKETS.finditer(text))
    if brackets:
        last = brackets[-1]
        text = text[: last.start()] + PLACE + text[last.end() :]
    # Statements to choose from stand on lines of their own.
    return re.sub(r"(?<=.)([①②③④⑤⑥])(?=[^①②③④⑤⑥]{5})", r"\n\1", _join_lines(text))


def _fill_in(subject: str, text: str, answer: str) -> BankQuestion | None:
    answer = answer.strip().strip("$").strip().replace(" ", "")
    if not re.fullmatch(r"-?\d{1,5}(?:\.\d+)?(?:/\d+)?", answer):
        return None
    stem = _join_lines(_LEADING_POINTS.sub("", _LEADING_NUMBER.sub("", text)))
    stem = re.sub(r"[_＿]{2,}|\\underline\{[^}]*\}", PLACE, stem)
    if PLACE not in stem:
        stem = stem.rstrip("．.。 ") + f" {PLACE}．"
    return BankQuestion(subject, stem, (), answer) if stem.count(PLACE) == 1 else None


def _join_lines(text: str) -> str:
    """One line: spaces survive only between Latin words, where Chinese print has them."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) (?=\S)|(?<=\S) (?=[^\x00-\x7f])", "", text)


def _is_printable(question: BankQuestion) -> bool:
    if len(question.material) > 420:
        return False
    for text in (question.material, question.stem, *question.options):
        plain = "".join(text.split("$")[::2]).replace(PLACE, "")
        if len(text) > 420 or text.count("$") % 2 or "\\" in plain or not can_print(plain):
            return False
        try:
            for formula in text.split("$")[1::2]:
                to_typst(formula)
        except UnsupportedFormulaError:
            return False
    return True
