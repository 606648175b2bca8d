"""Trains a tenant's tagger from its bank, with a card that says what from and how well."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.diagnose.adapters.taxonomy.tagger_files import write_tagger
from services.diagnose.domain.tagging.question_features import QuestionText
from services.diagnose.domain.tagging.stems import stem_hash
from services.diagnose.domain.tagging.tagger import Tagger
from services.diagnose.domain.tagging.topic_routes import Topic, topic_of
from services.diagnose.domain.tagging.training import (
    MOST_QUESTIONS,
    LabelledQuestion,
    Pruning,
    train,
)
from shared.contract.bank import BankItem
from shared.contract.versions import versions
from shared.db.database import Database
from shared.storage.blobs import BlobStore

#: A tagger trained on fewer questions would only repeat them.
LEAST_QUESTIONS = 20
#: With fewer there is nothing to hold out.
_LEAST_TO_MEASURE = 100
_HELD_OUT = 10


class TooFewQuestions(Exception):
    """The bank has not enough labelled items of this subject and language."""


@dataclass(frozen=True, slots=True)
class TrainedTagger:
    """Where the tagger lies, and its provenance card."""

    blob_key: str
    card: dict[str, Any]


async def train_from_bank(
    database: Database, blobs: BlobStore, tenant_id: str, subject: str, language: str
) -> TrainedTagger:
    """Train, store and put into use. Raises TooFewQuestions."""
    async with database.transaction() as uow:
        items = await uow.bank.labelled(tenant_id, subject, language, MOST_QUESTIONS)
    questions = [labelled(item) for item in items]
    if len(questions) < LEAST_QUESTIONS:
        raise TooFewQuestions
    card = _card(items, questions, subject, language)
    data = _file_of(train(questions, Pruning()))
    digest = hashlib.sha256(data).hexdigest()
    card["sha256"] = digest
    key = f"taggers/{tenant_id}/{subject}_{language}_{digest[:12]}.npz"
    await blobs.write(key, data)
    async with database.transaction() as uow:
        await uow.taggers.replace(tenant_id, subject, language, key, card)
    return TrainedTagger(key, card)


def labelled(item: BankItem) -> LabelledQuestion:
    """A bank item as training material: its author's topics, else its points."""
    found = [topic_of(topic) for topic in item.topics]
    topics = tuple(topic for topic in found if topic is not None)
    if not topics:
        topics = tuple(Topic("->".join(p.path[:-1]) or p.name, p.name) for p in item.points)
    text = QuestionText(
        stem=item.stem,
        language=item.language,
        options=tuple(option.text for option in item.options),
        worked_answer=item.solution,
    )
    return LabelledQuestion(text, topics, item.difficulty)


def _card(
    items: Sequence[BankItem], questions: list[LabelledQuestion], subject: str, language: str
) -> dict[str, Any]:
    sources = Counter(item.source for item in items)
    return {
        "subject": subject,
        "language": language,
        "questions": len(questions),
        "topics": len({topic.leaf for question in questions for topic in question.topics}),
        "sources": dict(sources.most_common(20)),
        "method": "kernel ridge and route softmax on hashed n-grams (services/diagnose/domain)",
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "held_out": _measure(questions),
    }


def _measure(questions: list[LabelledQuestion]) -> dict[str, float] | None:
    """How often a tagger is right on the tenth of the stems held out; None for a small bank."""
    if len(questions) < _LEAST_TO_MEASURE:
        return None
    is_held = [stem_hash(question.text) % _HELD_OUT == 0 for question in questions]
    held = [question for question, out in zip(questions, is_held, strict=True) if out]
    rest = [question for question, out in zip(questions, is_held, strict=True) if not out]
    if not held:
        return None
    tagger = train(rest, Pruning())
    module, leaf = 0, 0
    for question in held:
        # As a paper has it: without its worked answer.
        tags = tagger.tag(replace(question.text, worked_answer=""))
        module += tags.modules[0][0] in {topic.module for topic in question.topics}
        leaves = {topic.leaf for topic in question.topics}
        leaf += any(name in leaves for name, _ in tags.leaves)
    return {
        "questions": len(held),
        "module_hit1": round(module / len(held), 4),
        "leaf_hit5": round(leaf / len(held), 4),
    }


def _file_of(tagger: Tagger) -> bytes:
    with tempfile.TemporaryDirectory(prefix="examlens-tagger-") as folder:
        file = Path(folder) / "tagger.npz"
        write_tagger(tagger, file)
        return file.read_bytes()
