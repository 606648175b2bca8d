"""Turning a database row into the frozen document that repositories return."""

from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import Row

from shared.contract.model import Document

DocumentT = TypeVar("DocumentT", bound=Document)


def to_document(model: type[DocumentT], row: Row[Any]) -> DocumentT:
    """``row`` as ``model``; columns the model does not name are left out."""
    return model.model_validate(dict(row._mapping))  # noqa: SLF001 -- SQLAlchemy's public name for it


def record_to_document(model: type[DocumentT], record: asyncpg.Record) -> DocumentT:
    """The driver's ``record`` as ``model``; our documents hold ids as text."""
    values = {name: record[name] for name in model.model_fields}
    return model.model_validate(
        {name: str(v) if isinstance(v, UUID) else v for name, v in values.items()}
    )
