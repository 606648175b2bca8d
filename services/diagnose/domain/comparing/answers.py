"""Compares what a student answered with what the key says."""

import re

from services.diagnose.domain.comparing.clock_times import compare_times
from services.diagnose.domain.comparing.formulas import compare_formula, is_mathematical
from services.diagnose.domain.comparing.intervals import compare_intervals
from services.diagnose.domain.comparing.option_letters import option_letters
from services.diagnose.domain.comparing.outcomes import (
    RIGHT,
    UNDECIDED,
    WRONG,
    Comparison,
    ComparisonRules,
    Outcome,
    partial,
)
from services.diagnose.domain.comparing.truth_words import truth_of
from services.diagnose.domain.comparing.value_lists import compare_list
from services.diagnose.domain.comparing.words import (
    compare_words,
    differs_in_case_only,
    is_same_text,
)
from services.diagnose.domain.comparing.written_form import is_blank, written_form
from shared.contract.questions import Option, QuestionType

_WRITTEN = {QuestionType.FILL_IN, QuestionType.SHORT_ANSWER, QuestionType.ESSAY}
#: Longer texts are judged by a person or a model, not by comparison.
_MAX_WORDS_LENGTH = 60
_ALTERNATIVE = re.compile(r"\s*(?:\||｜)\s*")
#: The bar of a set or of an absolute value separates nothing. Alternatives then need spaces.
_BARS = re.compile(r"\{.*\|.*\}|(?:^|[-+*/=(<>≤≥\s])\|[^|]+\|")
_SPACED_ALTERNATIVE = re.compile(r"\s+(?:\||｜)\s+")
#: 0·5 is 0.5 as some write it, and 2·3 is a product.
_MIDDLE_DOT = re.compile(r"(?<=\d)[·⋅∙•](?=\d)")
_BLANKS = re.compile(r"\s*[;；\n]\s*")


def compare(
    kind: QuestionType,
    student: str,
    key: str,
    options: tuple[Option, ...] = (),
    rules: ComparisonRules = ComparisonRules(),  # noqa: B008 - a frozen value
) -> Comparison:
    """Compare ``student`` with ``key``. Both are raw texts, and ``student`` is not empty.

    A key may list alternatives with ``|`` and the answers of several blanks with ``;``. Short
    answers and essays are never called wrong here: only an exact match decides them.
    """
    separator = _SPACED_ALTERNATIVE if _BARS.search(key) else _ALTERNATIVE
    alternatives = [a for a in separator.split(key) if a.strip()]
    if not alternatives:
        return UNDECIDED
    if kind in _WRITTEN and is_same_text(written_form(student), written_form(key)):
        return RIGHT
    found = [
        _compare_one(kind, student, alternative, options, rules) for alternative in alternatives
    ]
    best = max(found, key=lambda c: (c.share, c.certainty))
    if best.outcome is Outcome.WRONG and any(c.outcome is Outcome.UNDECIDED for c in found):
        return UNDECIDED
    return best


def _compare_one(
    kind: QuestionType,
    student: str,
    key: str,
    options: tuple[Option, ...],
    rules: ComparisonRules,
) -> Comparison:
    if kind in {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE}:
        return _compare_choice(kind, student, key, options, rules)
    if kind is QuestionType.TRUE_FALSE:
        return _compare_truth(student, key, options)
    blanks = _compare_blanks(student, key, rules)
    if kind is QuestionType.FILL_IN:
        return blanks
    # The key of a worked problem is often only its result, so a mismatch proves nothing.
    return blanks if blanks.outcome is Outcome.RIGHT else UNDECIDED


def _compare_choice(
    kind: QuestionType,
    student: str,
    key: str,
    options: tuple[Option, ...],
    rules: ComparisonRules,
) -> Comparison:
    wanted, given = option_letters(key, options), option_letters(student, options)
    if wanted is None or given is None:
        return UNDECIDED
    if given == wanted:
        return RIGHT
    if kind is QuestionType.SINGLE_CHOICE:
        # Two letters where one is asked for: the text does not say which corrects which.
        return WRONG if len(given) == 1 else UNDECIDED
    if not given < wanted or rules.missed_options == "none":
        return WRONG
    return partial(0.5 if rules.missed_options == "half" else len(given) / len(wanted))


def _compare_truth(student: str, key: str, options: tuple[Option, ...]) -> Comparison:
    wanted, given = truth_of(key), truth_of(student)
    if wanted is not None and given is not None:
        return RIGHT if wanted == given else WRONG
    letters = option_letters(key, options), option_letters(student, options)
    if wanted is None and letters[0] and letters[1]:
        return RIGHT if letters[0] == letters[1] else WRONG
    return UNDECIDED


def _compare_blanks(student: str, key: str, rules: ComparisonRules) -> Comparison:
    """Compare blank by blank and share points evenly. One undecided blank leaves all undecided."""
    wanted = [part for part in _BLANKS.split(key) if part.strip()]
    if len(wanted) < 2:
        return _compare_blank(student, key, rules)
    if is_same_text(written_form(student), written_form(key)):
        return RIGHT
    given = _BLANKS.split(student.strip())
    if len(given) != len(wanted):
        given = re.split(r"\s*[,，、]\s*", student.strip())
    if len(given) != len(wanted):
        return UNDECIDED
    found = [
        WRONG if is_blank(ours) else _compare_blank(ours, theirs, rules)
        for ours, theirs in zip(given, wanted, strict=True)
    ]
    if any(c.outcome is Outcome.UNDECIDED for c in found):
        return UNDECIDED
    return partial(sum(c.share for c in found) / len(found))


def _compare_blank(student: str, key: str, rules: ComparisonRules) -> Comparison:
    """Compare the answer of one blank. A dot in the middle is a decimal point or multiplies."""
    readings = [
        _compare_reading(ours, theirs, rules)
        for ours in dict.fromkeys((student, _MIDDLE_DOT.sub(".", student)))
        for theirs in dict.fromkeys((key, _MIDDLE_DOT.sub(".", key)))
    ]
    if RIGHT in readings:
        return RIGHT
    return readings[0] if len({one.outcome for one in readings}) == 1 else UNDECIDED


def _compare_reading(student: str, key: str, rules: ComparisonRules) -> Comparison:
    """Compare as text, range, list, time, formula and amount, then as words."""
    ours, theirs = written_form(student), written_form(key)
    if not ours or not theirs:
        return UNDECIDED
    if is_same_text(ours, theirs):
        return RIGHT
    if is_mathematical(theirs) and differs_in_case_only(ours, theirs):
        return UNDECIDED
    mathematical = (
        compare_intervals(ours, theirs)
        or compare_list(ours, theirs)
        or compare_times(ours, theirs)
        or compare_formula(ours, theirs)
    )
    if mathematical is not None:
        return mathematical
    if (
        is_mathematical(theirs)
        or is_mathematical(ours)
        or max(len(ours), len(theirs)) > _MAX_WORDS_LENGTH
    ):
        return UNDECIDED
    return compare_words(ours, theirs, rules.spelling_edits)
