"""What a wrong answer shows: a sign, a unit, a decimal point, a wrong order of operations.

Some causes show in the answer alone, others when the question's sum is worked out wrongly on
purpose. Of a choice, the texts of the chosen and of the right option are compared. A cause is
named only when the answer proves it and no other rule explains it as well. It says how the answer
differs from the key, never what went on in somebody's head.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import mpmath

from services.diagnose.domain.comparing.equality import NotComparableError, ratio_of
from services.diagnose.domain.comparing.expressions import NotAnExpressionError, parse_expression
from services.diagnose.domain.comparing.option_letters import option_letters
from services.diagnose.domain.comparing.quantities import Quantity, parse_quantity
from services.diagnose.domain.comparing.word_forms import form_difference
from services.diagnose.domain.comparing.written_form import is_blank, written_form
from services.diagnose.domain.scoring.calculation_slips import calculation_slips
from shared.contract.documents import QuestionResult
from shared.contract.failures import Language
from shared.contract.questions import QuestionType, Verdict

_WRONG = {Verdict.INCORRECT, Verdict.PARTIAL}
_WRITTEN = {QuestionType.FILL_IN, QuestionType.SHORT_ANSWER}
_BLANKS = re.compile(r"\s*[;；\n]\s*")
_ALTERNATIVES = re.compile(r"\s+[|｜]\s+|(?<=[^\s{<>=(|｜])[|｜](?=[^\s|｜])")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PAIR = re.compile(r"\(([^(),]+),([^(),]+)\)")
_WORD = re.compile(r"[A-Za-z]{5,}")
#: A line or a term of Chinese; in shorter ones another character is another word.
_HAN = re.compile(r"[\u4e00-\u9fff]{4,}")
#: Decimal points slip by a few places; beyond that something else happened.
_MOST_PLACES = 3
_SENTENCES: dict[str, tuple[str, str]] = {
    "missed_options": ("漏选 {0}", "did not choose {0}"),
    "extra_options": ("多选了 {0}", "also chose {0}"),
    "sign": ("与参考答案只差正负号", "differs from the right answer in its sign only"),
    "power_of_ten": (
        "与参考答案相差 {0} 倍，只差小数点位置或单位换算",
        "differs by a factor of {0}: the decimal point or the conversion of units",
    ),
    "unit_missing": ("数值正确，缺少单位 {0}", "the number is right, the unit {0} is missing"),
    "unit_wrong": (
        "数值与参考答案相同，但单位写成了 {0}，应为 {1}",
        "the number is right, but the unit is {0} instead of {1}",
    ),
    "digits_swapped": ("相邻两个数字写颠倒了", "two neighbouring digits are swapped"),
    "rounded": ("写的是近似值，应为 {0}", "a rounded value was given instead of {0}"),
    "reciprocal": ("写成了参考答案的倒数", "the reciprocal of the right answer"),
    "coordinates_swapped": ("坐标的次序颠倒了", "the coordinates are in the wrong order"),
    "order_of_operations": (
        "按从左到右（或忽略括号）的次序计算 {0}，运算顺序不对",
        "{0} was worked out from left to right, or without its brackets: the order is wrong",
    ),
    "inverse_operation": (
        "计算 {0} 时用成了相反的运算（加与减、乘与除）",
        "in {0} the inverse operation was used",
    ),
    "transposed": (
        "移项时没有变号（{0}）",
        "a term ({0}) was brought to the other side without changing its sign",
    ),
    "carry": (
        "列竖式 {0} 时漏了进位或退位",
        "in {0} a carry or a borrowing was forgotten",
    ),
    "one_step": (
        "{0} 的结果只差一步（多数或少数了一次，或口诀错了一句）",
        "the result of {0} is one step off: counted once too often or too little",
    ),
    "miscopied": (
        "像是把 {0} 中的数字抄颠倒了",
        "two digits of {0} seem to have been copied in the wrong order",
    ),
    "agreement": (
        "单复数或主谓一致的形式不对，应为 {0}",
        "singular and plural, or the form for the subject: {0} is right",
    ),
    "tense": ("时态或动词形式不对，应为 {0}", "the tense or the form of the verb: {0} is right"),
    "wrong_character": (
        "有一个字写错了：{0} 应为 {1}",
        "one character is wrong: {0} instead of {1}",
    ),
    "spelling": ("拼写与参考答案差一个字母", "one letter differs from the right spelling"),
}


#: The names of all causes.
KINDS = frozenset(_SENTENCES)


@dataclass(frozen=True, slots=True)
class ErrorCause:
    """A rule's name and what its sentence mentions."""

    name: str
    details: tuple[str, ...] = ()

    def in_language(self, language: Language) -> str:
        """The sentence that a report shows."""
        chinese, english = _SENTENCES[self.name]
        return (chinese if language is Language.ZH else english).format(*self.details)


def error_cause(question: QuestionResult) -> ErrorCause | None:
    """The one thing that explains a wrong answer, or None where nothing or several things do."""
    student, key = question.student_answer or "", question.correct_answer or ""
    if question.verdict not in _WRONG or is_blank(student) or is_blank(key):
        return None
    if question.type is QuestionType.MULTIPLE_CHOICE:
        return _of_options(question, student, key)
    if question.type is QuestionType.SINGLE_CHOICE:
        chosen, right = _option_text(question, student), _option_text(question, key)
        if chosen is None or right is None:
            return None
        student, alternatives = chosen, [right]
    elif question.type in _WRITTEN:
        alternatives = [part for part in _ALTERNATIVES.split(key) if part.strip()]
    else:
        return None
    found = {cause for part in alternatives for cause in _of_blanks(question.stem, student, part)}
    return found.pop() if len(found) == 1 else None


def _option_text(question: QuestionResult, answer: str) -> str | None:
    """The text of the one option that ``answer`` names."""
    letters = option_letters(answer, question.options)
    texts = [o.text for o in question.options if letters and o.label.strip().upper() in letters]
    return texts[0] if len(texts) == 1 and texts[0].strip() else None


def _of_options(question: QuestionResult, student: str, key: str) -> ErrorCause | None:
    given = option_letters(student, question.options)
    wanted = option_letters(key, question.options)
    if given is None or wanted is None:
        return None
    if given < wanted:
        return ErrorCause("missed_options", ("".join(sorted(wanted - given)),))
    if wanted < given:
        return ErrorCause("extra_options", ("".join(sorted(given - wanted)),))
    return None


def _of_blanks(stem: str, student: str, key: str) -> set[ErrorCause]:
    """Causes of the one blank that differs; with several wrong blanks none is *the* cause."""
    given, wanted = _BLANKS.split(student.strip()), _BLANKS.split(key.strip())
    if len(given) != len(wanted):
        return set()
    differing = [
        (ours, theirs)
        for one, other in zip(given, wanted, strict=True)
        if (ours := written_form(one)) != (theirs := written_form(other))
    ]
    if len(differing) != 1 or is_blank(differing[0][0]):
        return set()
    # A sum is asked for one result: with several blanks it is not known whose.
    return set(_causes(stem if len(given) == 1 else "", *differing[0]))


def _causes(stem: str, student: str, key: str) -> Iterator[ErrorCause]:
    ours, theirs = parse_quantity(student), parse_quantity(key)
    if ours is not None and theirs is not None:
        yield from _of_quantities(ours, theirs, student, key)
        if ours.value != theirs.value and not ours.is_percent and not theirs.is_percent:
            for name, evidence in calculation_slips(stem, ours.value, theirs.value):
                yield ErrorCause(name, (evidence,))
        return
    pair, wanted = _PAIR.fullmatch(student), _PAIR.fullmatch(key)
    if pair and wanted:
        if (pair[1].strip(), pair[2].strip()) == (wanted[2].strip(), wanted[1].strip()):
            yield ErrorCause("coordinates_swapped")
        return
    form = form_difference(student, key)
    if form is not None:
        yield ErrorCause(form.value, (key,))
        return
    if _HAN.fullmatch(student) and _HAN.fullmatch(key):
        yield from _of_characters(student, key)
        return
    if _WORD.fullmatch(student) and _WORD.fullmatch(key):
        if _is_one_edit(student.casefold(), key.casefold()):
            yield ErrorCause("spelling")
        return
    yield from _of_expressions(student, key)


def _of_quantities(
    ours: Quantity, theirs: Quantity, student: str, key: str
) -> Iterator[ErrorCause]:
    if ours.is_percent != theirs.is_percent:
        return
    if ours.value == theirs.value:
        if theirs.unit and not ours.unit:
            yield ErrorCause("unit_missing", (theirs.unit,))
        elif theirs.unit and ours.is_same_as(theirs) is False:
            yield ErrorCause("unit_wrong", (ours.unit, theirs.unit))
        return
    if ours.unit and theirs.unit and ours.unit != theirs.unit:
        return
    if not ours.value or not theirs.value:
        return
    yield from _of_ratio(ours.value / theirs.value)
    if ours.value * theirs.value == 1:
        yield ErrorCause("reciprocal")
    if _are_digits_swapped(student, key, ours, theirs):
        yield ErrorCause("digits_swapped")
    if _is_rounded(student, ours.value, theirs.value):
        yield ErrorCause("rounded", (key,))


def _of_ratio(ratio: Fraction) -> Iterator[ErrorCause]:
    if ratio == -1:
        yield ErrorCause("sign")
    for places in range(1, _MOST_PLACES + 1):
        if ratio in {Fraction(10**places), Fraction(1, 10**places)}:
            yield ErrorCause("power_of_ten", (str(10**places),))


def _are_digits_swapped(student: str, key: str, ours: Quantity, theirs: Quantity) -> bool:
    """Whether swapping two neighbours of the key's digits gives the answer, all else equal."""
    given, wanted = _PLAIN_NUMBER.match(student), _PLAIN_NUMBER.match(key)
    if not given or not wanted or ours.unit not in {"", theirs.unit}:
        return False
    one, other = given[0], wanted[0]
    if len(one) != len(other) or student[len(one) :].strip() not in {"", ours.unit}:
        return False
    places = [place for place, pair in enumerate(zip(one, other, strict=True)) if len({*pair}) > 1]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    left, right = places
    both = one[left] + one[right]
    return both.isdigit() and one[left] == other[right] and one[right] == other[left]


def _is_rounded(student: str, ours: Fraction, theirs: Fraction) -> bool:
    """Whether the answer is the key to fewer decimals, rounded half up or cut off."""
    given = _PLAIN_NUMBER.match(student)
    if given is None or "." not in given[0]:
        return False
    scale = 10 ** len(given[0].partition(".")[2])
    scaled = abs(theirs) * scale
    return (ours > 0) == (theirs > 0) and abs(ours) * scale in {
        math.floor(scaled),
        math.floor(scaled + Fraction(1, 2)),
    }


def _of_characters(student: str, key: str) -> Iterator[ErrorCause]:
    if len(student) == len(key):
        differing = [pair for pair in zip(student, key, strict=True) if len({*pair}) > 1]
        if len(differing) == 1:
            yield ErrorCause("wrong_character", differing[0])


def _of_expressions(student: str, key: str) -> Iterator[ErrorCause]:
    try:
        ratio = ratio_of(parse_expression(student), parse_expression(key))
    except (NotAnExpressionError, NotComparableError):
        return
    if ratio is not None and mpmath.almosteq(ratio, -1):
        yield ErrorCause("sign")


def _is_one_edit(one: str, other: str) -> bool:
    """Whether one letter was changed, added, left out, or swapped with its neighbour."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1), None
    )
    if start is None:
        return True
    left, right = one[start:], other[start:]
    is_swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return is_swapped or left[1:] in {right, right[1:]} or left == right[1:]
