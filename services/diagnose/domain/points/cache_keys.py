"""What is cached, under which keys, and for how long."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.diagnose.domain.tagging.stems import normalised_stem

_HOUR = 3600.0
_DAY = 24 * _HOUR


class CacheKind(StrEnum):
    """The first part of a key."""

    #: The points that a question's text speaks of.
    KNOWLEDGE_POINTS = "knowledge_points"
    #: The points of a question of a known paper, however its text was read from one student's page.
    PAPER_TEMPLATE = "paper_template"
    #: The points that a subject offers to choose from.
    SUBJECT_SETTINGS = "subject_settings"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds that a value is kept. ``negative`` is for the answer that there is none."""

    positive: float
    negative: float


LIFETIMES = {
    CacheKind.KNOWLEDGE_POINTS: Lifetime(7 * _DAY, _DAY),
    # Another student's page may be easier to read, so no result is soon asked for again.
    CacheKind.PAPER_TEMPLATE: Lifetime(30 * _DAY, 600.0),
    CacheKind.SUBJECT_SETTINGS: Lifetime(_DAY, 600.0),
}


def knowledge_points_key(subject: str | None, text: str, engine: str) -> str:
    """``knowledge_points:{subject}:{hash}`` of the text without spaces, case and punctuation.

    ``engine`` names who answers and its version. A new taxonomy or model finds no old entry.
    """
    return _key(CacheKind.KNOWLEDGE_POINTS, subject, normalised_stem(text), engine)


def paper_template_key(subject: str | None, paper: str, question: str, engine: str) -> str:
    """The key of one question of a paper; ``question`` is all that its answer key says of it."""
    return _key(CacheKind.PAPER_TEMPLATE, subject, paper, question, engine)


def subject_settings_key(subject: str, language: str, version: str) -> str:
    """The key of the points that a subject of one version of the taxonomy offers."""
    return _key(CacheKind.SUBJECT_SETTINGS, subject, language, version)


def _key(kind: CacheKind, subject: str | None, *parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{kind.value}:{subject or 'any'}:{digest[:40]}"


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed value. ``is_kept`` is False for a makeshift that nobody else should get."""

    value: Any
    is_kept: bool = True


#: Makes the values of the given keys, all at once.
Compute = Callable[[Sequence[str]], Awaitable[Mapping[str, Computed]]]
