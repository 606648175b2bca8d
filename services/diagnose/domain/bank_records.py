"""Items of a question bank as they come in files: our own format and two public ones."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from services.diagnose.domain.question_features import language_of
from services.diagnose.domain.topic_routes import topic_of
from shared.contract.bank import WrittenItem
from shared.contract.notation.verdicts import UNMISTAKABLE
from shared.contract.questions import Option, QuestionType

_LONGEST_STEM, _LONGEST_ANSWER, _LONGEST_SOLUTION = 8000, 4000, 20_000
_MOST_OPTIONS = 10
_LETTERS = "ABCDEFGHIJ"
#: TAL-SCQ5K grades difficulty 0..4; neither end is certain to be solved or missed.
_TAL_HARDEST = 4
_OPTION_START = re.compile(r"(?:^|(?<=[\s．。）)？?：:]))([A-J])\s*[.．、]\s*", re.MULTILINE)
_NUMBER_AND_POINTS = re.compile(r"^\s*\d{1,3}\s*[.．、]\s*(?:[（(]\s*\d+\s*分\s*[)）])?\s*")
_CHOICE_LETTERS = re.compile(r"[A-J]+")
_GAOKAO_SUBJECTS = (
    ("math", "mathematics"), ("physics", "physics"), ("chemistry", "chemistry"),
    ("biology", "biology"), ("history", "history"), ("geography", "geography"),
    ("politic", "politics"), ("chinese", "chinese"), ("english", "english"),
)  # fmt: skip


class BankFormat(StrEnum):
    """How a file of items is laid out."""

    #: One JSON object a line, as docs/question-bank.md describes.
    JSONL = "jsonl"
    #: One JSON object a line with the fields of TAL-SCQ5K.
    TAL = "tal"
    #: One JSON object with ``example``, a list with the fields of GAOKAO-Bench.
    GAOKAO = "gaokao"


class RecordError(Exception):
    """A record that cannot be taken; ``code`` says why.

    Codes: ``not_json``, ``not_an_object``, ``missing_stem``, ``missing_answer``, ``too_long``,
    ``bad_type``, ``bad_options``, ``answer_not_an_option``, ``bad_difficulty``, ``bad_language``,
    ``unknown_subject``, ``bad_topics``,
    ``bad_solution``, ``control_characters``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


#: Finds the key of a subject by any of its names, or None.
SubjectOf = Callable[[str | None], str | None]


def read_record(
    layout: BankFormat, fields: Any, subject: str | None, subject_of: SubjectOf, source: str
) -> WrittenItem:
    """The item in ``fields``. ``subject`` stands for records that name none. Raises RecordError."""
    if not isinstance(fields, dict):
        raise RecordError("not_an_object")
    reader = {
        BankFormat.JSONL: _own_fields,
        BankFormat.TAL: _tal_fields,
        BankFormat.GAOKAO: _gaokao_fields,
    }[layout]
    given = reader(fields)
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


def _own_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return fields


def _tal_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    routes = _listed(fields.get("knowledge_point_routes"), "bad_topics")
    topics = [topic_of(route) for route in routes if isinstance(route, str)]
    try:
        groups = _listed(fields.get("answer_option_list"), "bad_options")
        options = [option["content"] for group in groups for option in group]
    except (TypeError, KeyError) as error:
        raise RecordError("bad_options") from error
    worked = _listed(fields.get("answer_analysis"), "bad_solution")
    return {
        "subject": "mathematics",
        "stem": fields.get("problem"),
        "options": options,
        "answer": fields.get("answer_value"),
        "solution": "\n".join(part for part in worked if isinstance(part, str)),
        "knowledge_points": [
            topic.leaf if topic.module == topic.leaf else f"{topic.module}->{topic.leaf}"
            for topic in topics
            if topic is not None
        ],
        "difficulty": _tal_difficulty(fields.get("difficulty")),
        "source": "TAL-SCQ5K",
    }


def _tal_difficulty(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        return 0.1 + 0.8 * float(value) / _TAL_HARDEST
    except (TypeError, ValueError, OverflowError) as error:
        raise RecordError("bad_difficulty") from error


def _listed(value: Any, code: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RecordError(code)
    return value


def _gaokao_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    question = fields.get("question")
    if not isinstance(question, str):
        raise RecordError("missing_stem")
    stem, options = _split_options(question)
    answer = fields.get("answer")
    if isinstance(answer, list):
        answer = "".join(str(part) for part in answer) if options else "; ".join(map(str, answer))
    keywords = str(fields.get("keywords") or "")
    subject = next((key for word, key in _GAOKAO_SUBJECTS if word in keywords.casefold()), None)
    year = str(fields.get("year") or "").strip()
    return {
        "subject": subject,
        "stem": _NUMBER_AND_POINTS.sub("", stem),
        "options": options,
        "answer": answer,
        "solution": fields.get("analysis") or "",
        "source": f"GAOKAO-Bench {keywords} {year}".strip(),
    }


def _split_options(question: str) -> tuple[str, list[str]]:
    """The stem and the options A, B, C… in order, wherever their line breaks are."""
    starts = list(_OPTION_START.finditer(question))
    for first, start in enumerate(starts):
        if start[1] != "A":
            continue
        run = [start]
        for following in starts[first + 1 :]:
            if following[1] == _LETTERS[len(run) % len(_LETTERS)]:
                run.append(following)
        if len(run) > 2:
            ends = [*(one.start() for one in run[1:]), len(question)]
            texts = [question[one.end() : end] for one, end in zip(run, ends, strict=True)]
            return question[: start.start()], [" ".join(text.split()) for text in texts]
    return question, []


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
    if any((char < " " and char not in "\n\t\r") or "\ud800" <= char <= "\udfff" for char in text):
        raise RecordError("control_characters")
    return text


def _options(value: Any) -> tuple[Option, ...]:
    if value is None:
        return ()
    texts: Sequence[Any] = list(value.values()) if isinstance(value, dict) else value
    labels = [str(label).strip().upper() for label in value] if isinstance(value, dict) else None
    if not isinstance(texts, list) or len(texts) > _MOST_OPTIONS:
        raise RecordError("bad_options")
    names = labels or list(_LETTERS[: len(texts)])
    if names != list(_LETTERS[: len(texts)]):
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
    if answer.strip().casefold() in UNMISTAKABLE:
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
