"""How files of a question bank are laid out: our own format and two public ones."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from services.diagnose.domain.tagging.topic_routes import topic_of

#: TAL-SCQ5K grades difficulty 0..4; neither end is certain to be solved or missed.
_TAL_HARDEST = 4
#: Labels of options, in order.
LETTERS = "ABCDEFGHIJ"
_OPTION_START = re.compile(r"(?:^|(?<=[\s．。）)？?：:]))([A-J])\s*[.．、]\s*", re.MULTILINE)
_NUMBER_AND_POINTS = re.compile(r"^\s*\d{1,3}\s*[.．、]\s*(?:[（(]\s*\d+\s*分\s*[)）])?\s*")
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


def own_fields(layout: BankFormat, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a record under the names of our own format. Raises RecordError."""
    if layout is BankFormat.TAL:
        return _tal_fields(fields)
    return _gaokao_fields(fields) if layout is BankFormat.GAOKAO else fields


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
            if following[1] == LETTERS[len(run) % len(LETTERS)]:
                run.append(following)
        if len(run) > 2:
            ends = [*(one.start() for one in run[1:]), len(question)]
            texts = [question[one.end() : end] for one, end in zip(run, ends, strict=True)]
            return question[: start.start()], [" ".join(text.split()) for text in texts]
    return question, []
