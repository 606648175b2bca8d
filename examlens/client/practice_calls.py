"""The routes of practice papers as calls."""

import json
from typing import Any, Literal

import httpx2

from examlens.client.call import Call, FileSource
from examlens.client.forms import form_texts, form_values
from shared.contract.api.practice import PracticeBody, PracticeRequest
from shared.contract.practice import PracticePaper

PracticeFileName = Literal["paper.pdf", "key.pdf"]


def order(
    *, lecture: FileSource | None = None, idempotency_key: str | None = None, **fields: Any
) -> Call[PracticeBody]:
    """Order a practice paper for an exam or a ``lecture``.

    ``fields`` are those of ``PracticeRequest``.
    """
    given = form_values(PracticeRequest, fields)
    headers = {"Idempotency-Key": idempotency_key or ""}
    if lecture is not None:
        return Call(
            "POST",
            "/practice-papers",
            _body,
            files=(lecture,),
            fields=form_texts(given),
            headers=headers,
        )
    return Call(
        "POST",
        "/practice-papers",
        _body,
        content=json.dumps(given, ensure_ascii=False, default=str).encode(),
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


def cancel(practice_id: str) -> Call[PracticeBody]:
    """Stop working on an order."""
    return Call("POST", f"/practice-papers/{practice_id}/cancel", _body)


def retry(practice_id: str) -> Call[PracticeBody]:
    """Take up a failed or cancelled order again."""
    return Call("POST", f"/practice-papers/{practice_id}/retry", _body)


def delete(practice_id: str) -> Call[None]:
    """Erase a practice paper with its files."""
    return Call("DELETE", f"/practice-papers/{practice_id}", lambda _: None)


def _body(response: httpx2.Response) -> PracticeBody:
    return PracticeBody.model_validate_json(response.content)
