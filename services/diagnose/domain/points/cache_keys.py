"""What is cached, under which keys, and for how long."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.diagnose.domain.tagging.stems import normalised_stem

_HOUR = 3600.0
_DAY = 24 * _HOUR
_ANY = "any"
_LONGEST_PART = 60


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


Lifetimes = Mapping[CacheKind, Lifetime]


def lifetimes(
    *,
    knowledge_points_days: float = 7.0,
    paper_template_days: float = 30.0,
    subject_settings_days: float = 1.0,
) -> Lifetimes:
    """How long each kind is kept."""
    return {
        CacheKind.KNOWLEDGE_POINTS: _lifetime(knowledge_points_days, _DAY),
        # Another student's page may be easier to read, so no result is soon asked for again.
        CacheKind.PAPER_TEMPLATE: _lifetime(paper_template_days, 600.0),
        CacheKind.SUBJECT_SETTINGS: _lifetime(subject_settings_days, 600.0),
    }


def _lifetime(days: float, negative: float) -> Lifetime:
    return Lifetime(days * _DAY, min(negative, days * _DAY))


def knowledge_points_key(subject: str | None, text: str, engine: str) -> str:
    """``knowledge_points:{subject}:{hash}`` of the text without spaces, case and punctuation.

    ``engine`` names who answers and its version. A new taxonomy or model finds no old entry.
    """
    return _key(CacheKind.KNOWLEDGE_POINTS, subject, normalised_stem(text), engine)


def paper_template_key(
    subject: str | None, grade: str | None, paper: str, question: str, engine: str
) -> str:
    """``paper_template:{subject}:{grade}:{hash}`` of one question of a paper.

    ``question`` is all that its answer key says of it.
    """
    place = f"{subject or _ANY}:{_part(grade)}"
    return _key(CacheKind.PAPER_TEMPLATE, place, paper, question, engine)


def subject_settings_key(subject: str, language: str, version: str) -> str:
    """The key of the points that a subject of one version of the taxonomy offers."""
    return _key(CacheKind.SUBJECT_SETTINGS, subject, language, version)


def _key(kind: CacheKind, subject: str | None, *parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{kind.value}:{subject or _ANY}:{digest[:40]}"


def _part(text: str | None) -> str:
    """``text`` as a part of a key: short, and without what separates or stands for others."""
    return re.sub(r"[\s:*?]+", "-", (text or "").strip())[:_LONGEST_PART] or _ANY


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed value. ``is_kept`` is False for a makeshift that nobody else should get."""

    value: Any
    is_kept: bool = True


#: Makes the values of the given keys, all at once.
Compute = Callable[[Sequence[str]], Awaitable[Mapping[str, Computed]]]
