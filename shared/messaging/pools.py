"""Tells Prometheus how many of a pool's connections are taken."""

from shared.db.database import Database
from shared.observability import metrics


def watch_pool(database: Database) -> None:
    """Show the pool of ``database`` under its application's name; the last one of a name counts."""
    metrics.POOL_LIMIT.labels(database.application).set(database.limit)
    metrics.POOL_IN_USE.labels(database.application).set_function(database.connections_in_use)
