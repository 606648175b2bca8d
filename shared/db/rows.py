"""Turning a database row into the frozen document that repositories return."""

from typing import Any, TypeVar

from sqlalchemy import Row

from shared.contract.model import Document

DocumentT = TypeVar("DocumentT", bound=Document)


def to_document(model: type[DocumentT], row: Row[Any]) -> DocumentT:
    """``row`` as ``model``; columns the model does not name are left out."""
    return model.model_validate(dict(row._mapping))  # noqa: SLF001 -- SQLAlchemy's public name for it
