"""Reads and checks the items of a question bank, record by record."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from services.diagnose.domain.bank.layouts import (
    LETTERS,
    BankFormat,
    RecordError,
    own_fields,
)
from services.diagnose.domain.tagging.languages import language_of
from shared.contract.bank import WrittenItem
from shared.contract.questions import Option, QuestionType
from shared.contract.text_gate import storable

_LONGEST_STEM, _LONGEST_ANSWER, _LONGEST_SOLUTION = 8000, 4000, 20_000
_MOST_OPTIONS = 10
_CHOICE_LETTERS = re.compile(r"[A-J]+")
_TRUTH = frozenset({"对", "错", "正确", "错误", "√", "×", "t", "f", "true", "false"})


#: Finds the key of a subject by any of its names, or None.
SubjectOf = Callable[[str | None], str | None]


def read_record(
    layout: BankFormat, fields: Any, subject: str | None, subject_of: SubjectOf, source: str
) -> WrittenItem:
    """The item in ``fields``. ``subject`` is for records that name none. Raises RecordError."""
    if not isinstance(fields, dict):
        raise RecordError("not_an_object")
    given = own_fields(layout, fields)
    key = subject_of(given.get("subject") or subject)
    if key is None:
        raise RecordError("unknown_subject")
    stem = _text(given.get("stem"), "missing_stem", _LONGEST_STEM)
    options = _options(given.get("options"))
    answer = _text(given.get("answer"), "missing_answer", _LONGEST_ANSWER)
    kind = _type(given.get("type"), options, answer)
    if kind in {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE}:
        answer = _letters(answer, options)
    return WrittenItem(
        subject=key,
        language=_language(given.get("language"), stem, options),
        type=kind,
        stem=stem,
        options=options,
        answer=answer,
        solution=_optional_text(given.get("solution"), _LONGEST_SOLUTION),
        topics=_topics(given.get("knowledge_points")),
        difficulty=_difficulty(given.get("difficulty")),
        source=(_optional_text(given.get("source"), 200) or source)[:200],
    )


def _text(value: Any, code: str, longest: int) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise RecordError(code)
    return _optional_text(value, longest)


def _optional_text(value: Any, longest: int) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > longest:
        raise RecordError("too_long")
    return _storable(text)


def _storable(text: str) -> str:
    """``text``; raises RecordError for what no database and no page can hold."""
    if storable(text) != text:
        raise RecordError("control_characters")
    return text


def _options(value: Any) -> tuple[Option, ...]:
    if value is None:
        return ()
    texts: Sequence[Any] = list(value.values()) if isinstance(value, dict) else value
    labels = [str(label).strip().upper() for label in value] if isinstance(value, dict) else None
    if not isinstance(texts, list) or len(texts) > _MOST_OPTIONS:
        raise RecordError("bad_options")
    names = labels or list(LETTERS[: len(texts)])
    if names != list(LETTERS[: len(texts)]):
        raise RecordError("bad_options")
    return tuple(
        Option(label=name, text=_text(text, "bad_options", 2000))
        for name, text in zip(names, texts, strict=True)
    )


def _type(value: Any, options: tuple[Option, ...], answer: str) -> QuestionType:
    if value is not None:
        try:
            return QuestionType(value)
        except ValueError as error:
            raise RecordError("bad_type") from error
    if options:
        letters = _CHOICE_LETTERS.findall(answer.upper())
        is_single = len("".join(letters)) <= 1
        return QuestionType.SINGLE_CHOICE if is_single else QuestionType.MULTIPLE_CHOICE
    if answer.strip().casefold() in _TRUTH:
        return QuestionType.TRUE_FALSE
    return QuestionType.FILL_IN if len(answer) <= 60 else QuestionType.SHORT_ANSWER


def _letters(answer: str, options: tuple[Option, ...]) -> str:
    letters = sorted(set("".join(_CHOICE_LETTERS.findall(answer.upper()))))
    if not options:
        raise RecordError("bad_options")
    if not letters or not set(letters) <= {option.label for option in options}:
        raise RecordError("answer_not_an_option")
    return "".join(letters)


def _language(value: Any, stem: str, options: tuple[Option, ...]) -> str:
    if value is None:
        return language_of([stem, *(option.text for option in options)])
    if value not in {"zh", "en"}:
        raise RecordError("bad_language")
    return str(value)


def _difficulty(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise RecordError("bad_difficulty")
    return float(value)


def _topics(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise RecordError("bad_topics")
    return tuple(dict.fromkeys(_storable(one.strip())[:300] for one in value if one.strip()))
