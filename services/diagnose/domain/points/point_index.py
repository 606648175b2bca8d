"""Where names and texts of questions are looked up: the interface of a taxonomy."""

from dataclasses import dataclass
from typing import Protocol

from shared.contract.documents import KnowledgePoint


class PointIndex(Protocol):
    """Finds taxonomy points by any of their names."""

    @property
    def version(self) -> str:
        """Changes whenever an answer may change, so that cached answers are asked for again."""
        ...

    def subject_of(self, subject: str | None) -> str | None:
        """The key of a subject called ``subject`` in any language, None when unknown."""
        ...

    def choices(self, subject: str | None, *, is_chinese: bool) -> tuple[KnowledgePoint, ...]:
        """The points that a question of ``subject`` can be about; none for an unknown subject."""
        ...

    def find(self, subject: str | None, name: str) -> KnowledgePoint | None:
        """The point called ``name``, or None."""
        ...

    def suggest(self, subject: str | None, text: str) -> tuple[KnowledgePoint, ...]:
        """Points that a question's text clearly speaks of."""
        ...


@dataclass(frozen=True, slots=True)
class NamedPoints:
    """``index`` without its suggestions: tagging asks for those, once per question."""

    index: PointIndex

    @property
    def version(self) -> str:
        """The version of the index."""
        return self.index.version

    def subject_of(self, subject: str | None) -> str | None:
        """The key of the subject."""
        return self.index.subject_of(subject)

    def choices(self, subject: str | None, *, is_chinese: bool) -> tuple[KnowledgePoint, ...]:
        """The points of the index."""
        return self.index.choices(subject, is_chinese=is_chinese)

    def find(self, subject: str | None, name: str) -> KnowledgePoint | None:
        """The point called ``name``, or None."""
        return self.index.find(subject, name)

    def suggest(self, subject: str | None, text: str) -> tuple[KnowledgePoint, ...]:  # noqa: ARG002
        """Suggest nothing."""
        return ()
