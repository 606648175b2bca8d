"""Counts look-ups by kind, tier and outcome: at once as metrics, now and then in PostgreSQL."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence

import structlog

from services.diagnose.adapters.cache.tier import Entry
from services.diagnose.domain.points.cache_keys import CacheKind
from shared.contract.cache_statistics import LookUp
from shared.db.database import DATABASE_ERRORS, Database
from shared.observability.log_setup import error_site
from shared.observability.metrics import CACHE_REQUESTS

log = structlog.get_logger(__name__)

#: So often at the most a process adds its counts to those of all others.
_WRITE_SECONDS = 60.0


class LookUpCounts:
    """What this process looked up, and what of it is not yet written down."""

    def __init__(self) -> None:
        self._unwritten: Counter[LookUp] = Counter()
        self._database: Database | None = None
        self._written_at = time.monotonic()

    def keep_in(self, database: Database) -> None:
        """Write to ``database`` from now on."""
        self._database = database

    def add(self, kind: CacheKind, tier: str, outcome: str, count: int = 1) -> None:
        """Count look-ups with one outcome."""
        CACHE_REQUESTS.labels(kind.value, tier, outcome).inc(count)
        self._unwritten[LookUp(kind=kind.value, tier=tier, outcome=outcome)] += count

    def add_found(
        self, kind: CacheKind, tier: str, keys: Sequence[str], held: Mapping[str, Entry]
    ) -> None:
        """Count the look-up of ``keys``, of which a tier ``held`` these entries."""
        outcomes = Counter(
            "miss" if key not in held else "negative_hit" if held[key].value is None else "hit"
            for key in keys
        )
        for outcome, count in outcomes.items():
            self.add(kind, tier, outcome, count)

    async def write(self, *, is_due: bool = False) -> None:
        """Add what is unwritten to the counts of all processes, if ``is_due`` or long not done.

        Counts that cannot be written wait for the next time: nobody's exam depends on them.
        """
        now = time.monotonic()
        is_due = is_due or now - self._written_at >= _WRITE_SECONDS
        if self._database is None or not self._unwritten or not is_due:
            return
        self._written_at = now
        unwritten, self._unwritten = self._unwritten, Counter()
        try:
            async with self._database.transaction() as uow:
                await uow.cache_counts.add(unwritten)
        except DATABASE_ERRORS as error:
            log.warning("cache.counts_not_written", error=error_site(error))
            self._unwritten += unwritten
