"""How often the caches were asked, and what became of it."""

from pydantic import Field

from shared.contract.model import Document

#: Outcomes of a look-up that gave an answer, be it that there is none.
HITS = frozenset({"hit", "negative_hit"})


class LookUp(Document):
    """One kind of look-up: of what, where, and with which outcome."""

    kind: str
    tier: str
    outcome: str


class HitRate(Document):
    """Look-ups of one kind in one tier, over some days and all processes."""

    kind: str
    tier: str
    hits: int = Field(ge=0)
    misses: int = Field(ge=0)
    #: Times that the tier did not answer.
    errors: int = Field(ge=0)

    @property
    def rate(self) -> float | None:
        """The share of hits; None where nothing was looked up."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None
