"""Items of the question bank, taxonomies and taggers that operators bring."""

from datetime import datetime
from typing import Any

from shared.contract.documents import KnowledgePoint
from shared.contract.model import Document, Unit
from shared.contract.questions import Option, QuestionType


class WrittenItem(Document):
    """An item as its author wrote it. ``topics`` are the author's names, or paths such as a->b."""

    subject: str
    language: str
    type: QuestionType
    stem: str
    options: tuple[Option, ...]
    answer: str
    solution: str
    topics: tuple[str, ...]
    difficulty: Unit | None
    source: str


class NewBankItem(WrittenItem):
    """An item as it is imported, under the ``points`` of a taxonomy.

    ``fingerprint`` is equal for copies of one item; ``bands`` are MinHash bands (Broder 1997) of
    which near copies share at least one.
    """

    points: tuple[KnowledgePoint, ...]
    fingerprint: str
    bands: tuple[int, ...]


class BankItem(WrittenItem):
    """An item of the bank as it is found."""

    id: str
    points: tuple[KnowledgePoint, ...]


def filing_keys(point: KnowledgePoint) -> tuple[str, ...]:
    """Names that an item of ``point`` is filed under: ids and names of it and of all above it."""
    identity = point.id.partition("#")[0]
    parts = identity.split(".")
    above = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
    keys = (point.id, *above, *point.path)
    return tuple(dict.fromkeys(key.casefold() for key in keys))


def lookup_keys(point: KnowledgePoint) -> tuple[str, ...]:
    """Names that items of ``point`` are sought by: its id, its taxonomy point's id, its name."""
    keys = (point.id, point.id.partition("#")[0], point.name)
    return tuple(dict.fromkeys(key.casefold() for key in keys))


class StoredTaxonomy(Document):
    """A subject's tree as an operator imported it, in the form of our own taxonomy files."""

    tenant_id: str
    subject: str
    version: int
    document: dict[str, Any]


class StoredTagger(Document):
    """Where a trained tagger lies, and its provenance card."""

    tenant_id: str
    subject: str
    language: str
    blob_key: str
    card: dict[str, Any]
    trained_at: datetime
