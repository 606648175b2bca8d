"""The routes of practice papers as calls."""

import json
from typing import Any, Literal

import httpx2

from examlens.client.call import Call, FileSource
from services.gateway.domain.practice import PracticeBody
from shared.contract.failures import Language
from shared.contract.practice import DEFAULT_COUNT, Effort, PracticePaper

PracticeFileName = Literal["paper.pdf", "key.pdf"]


def practice_fields(
    *,
    exam_id: str | None = None,
    subject: str | None = None,
    count: int = DEFAULT_COUNT,
    difficulty: Effort | str | None = None,
    language: Language | str | None = None,
) -> dict[str, str]:
    """The fields of an order, by name; those that are None are left out."""
    given: dict[str, Any] = {
        "exam_id": exam_id,
        "subject": subject,
        "count": count,
        "difficulty": None if difficulty is None else Effort(difficulty).value,
        "language": None if language is None else Language(language).value,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def order(
    *, lecture: FileSource | None = None, idempotency_key: str | None = None, **fields: Any
) -> Call[PracticeBody]:
    """Order a practice paper for an exam or a ``lecture``.

    ``fields`` are those of ``practice_fields``.
    """
    form = practice_fields(**fields)
    headers = {"Idempotency-Key": idempotency_key or ""}
    if lecture is not None:
        files = (lecture,)
        return Call("POST", "/practice-papers", _body, files=files, fields=form, headers=headers)
    document: dict[str, Any] = {**form, "count": int(form["count"])}
    return Call(
        "POST",
        "/practice-papers",
        _body,
        content=json.dumps(document, ensure_ascii=False).encode(),
        headers={**headers, "Content-Type": "application/json"},
    )


def state(practice_id: str) -> Call[PracticeBody]:
    """How far a practice paper is."""
    return Call("GET", f"/practice-papers/{practice_id}", _body)


def items(practice_id: str) -> Call[PracticePaper]:
    """The items of a practice paper with their answers."""

    def read(response: httpx2.Response) -> PracticePaper:
        return PracticePaper.model_validate_json(response.content)

    return Call("GET", f"/practice-papers/{practice_id}/paper.json", read)


def file(practice_id: str, name: PracticeFileName = "paper.pdf") -> Call[bytes]:
    """The practice paper or its answer key as PDF."""
    path = f"/practice-papers/{practice_id}/{name}"
    return Call("GET", path, lambda response: bytes(response.content))


def delete(practice_id: str) -> Call[None]:
    """Erase a practice paper with its files."""
    return Call("DELETE", f"/practice-papers/{practice_id}", lambda _: None)


def _body(response: httpx2.Response) -> PracticeBody:
    return PracticeBody.model_validate_json(response.content)
