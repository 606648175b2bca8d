"""Servers that fail at one chosen moment: before a call, after it, or without an answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dramatiq.brokers.stub import StubBroker

from shared.contract.stages import QUEUES
from shared.db.database import Database
from shared.db.trouble import ServerAway
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore
from shared.storage.failure import BlobStoreError


class Manner(StrEnum):
    """How a call fails."""

    #: Nothing was done.
    BEFORE = "before"
    #: It was begun and has had no effect: a transaction is rolled back.
    HALFWAY = "halfway"
    #: It was done, and nobody was told.
    UNANSWERED = "unanswered"


@dataclass
class FailurePoint:
    """Counts the calls of all servers; the ``number``-th fails, and with ``lasting`` all behind it.

    Without a number nothing fails, which tells how many calls there are.
    """

    number: int | None = None
    manner: Manner = Manner.BEFORE
    lasting: int = 1
    calls: int = 0

    def next(self) -> Manner | None:
        """How the call that begins now fails, if it does."""
        self.calls += 1
        if self.number is None or not self.number <= self.calls < self.number + self.lasting:
            return None
        return self.manner

    @property
    def was_reached(self) -> bool:
        """Whether there was such a call."""
        return self.number is not None and self.calls >= self.number


class FaultyDatabase(Database):
    """A database one of whose transactions fails."""

    def __init__(self, database: Database, point: FailurePoint) -> None:
        self._real, self._point = database, point
        self.url, self.application, self.limit = database.url, database.application, database.limit
        self.engine = database.engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        manner = self._point.next()
        # As the real one translates what the network raises.
        if manner is Manner.BEFORE:
            raise ServerAway
        async with self._real.transaction() as uow:
            yield uow
            if manner is Manner.HALFWAY:
                raise ServerAway
        if manner is Manner.UNANSWERED:
            raise ServerAway


class FaultyBroker(StubBroker):
    """A broker one of whose publications fails."""

    def __init__(self, point: FailurePoint) -> None:
        super().__init__(middleware=[])
        self._point = point
        for queue in QUEUES:
            self.declare_queue(queue)

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        manner = self._point.next()
        if manner in {Manner.BEFORE, Manner.HALFWAY}:
            raise ConnectionResetError
        sent = super().enqueue(message, delay=delay)
        if manner is Manner.UNANSWERED:
            raise ConnectionResetError
        return sent


class FaultyBlobs:
    """A blob store one of whose calls fails."""

    def __init__(self, blobs: BlobStore, point: FailurePoint) -> None:
        self._blobs, self._point = blobs, point

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._blobs, name)

        async def call(*args: Any) -> Any:
            manner = self._point.next()
            if manner in {Manner.BEFORE, Manner.HALFWAY}:
                raise BlobStoreError
            answer = await method(*args)
            if manner is Manner.UNANSWERED:
                raise BlobStoreError
            return answer

        return call
