"""Dramatiq middleware of this project: it observes and mends, it never decides."""

import threading
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from dramatiq.asyncio import async_to_sync, get_event_loop_thread
from dramatiq.middleware import AsyncIO, Middleware, Retries

from shared.contract.jobs import WAITING_QUEUES
from shared.db.database import Database
from shared.messaging.work_threads import WorkThreads
from shared.observability.metrics import MESSAGES, THREADS_BUSY, THREADS_TOTAL


class DeadLetterOnFailedRetry(Retries):
    """Retries that dead-letter a message whose retry could not be published.

    Broker.emit_after swallows what hooks raise. After a failed publication the message would be
    acknowledged and lost (dramatiq issue 545).
    """

    def after_process_message(
        self, broker: Any, message: Any, *, result: Any = None, exception: Any = None
    ) -> None:
        """Publish a retry if one is due; when that fails, mark the message as failed."""
        try:
            super().after_process_message(  # type: ignore[no-untyped-call]
                broker, message, result=result, exception=exception
            )
        except BaseException:
            message.fail()
            raise
        finally:
            message.options.pop("traceback", None)

    def before_enqueue(self, broker: Any, message: Any, delay: int | None) -> None:  # noqa: ARG002 -- hook signature
        """Send no traceback: it may quote a student's paper, and the broker would keep it."""
        message.options.pop("traceback", None)


class _Groups:
    """How many groups of threads run. They begin one after the other and may end at once."""

    def __init__(self) -> None:
        self._running = 0
        self._lock = threading.Lock()

    def begin(self) -> bool:
        """Count one more; True when it is the first."""
        with self._lock:
            self._running += 1
            return self._running == 1

    def end(self) -> bool:
        """Count one less; True when it was the last."""
        with self._lock:
            self._running -= 1
            return self._running == 0


class SharedLoop(AsyncIO):
    """One event loop for all of a process's groups of worker threads, until the last one ends."""

    def __init__(self) -> None:
        super().__init__()
        self._groups = _Groups()
        #: The threads in which the loop has computed what would block it.
        self.threads = WorkThreads()

    def before_worker_boot(self, broker: Any, worker: Any) -> None:
        """Begin the loop with the first group."""
        if self._groups.begin():
            super().before_worker_boot(broker, worker)  # type: ignore[no-untyped-call]
            loop_thread = get_event_loop_thread()
            if loop_thread is not None:
                loop_thread.loop.set_default_executor(self.threads)

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:
        """End the loop with the last group."""
        if self._groups.end():
            super().after_worker_shutdown(broker, worker)  # type: ignore[no-untyped-call]


class PoolLifetime(Middleware):
    """Closes the workers' connections on the loop they belong to, before that loop ends.

    ``others`` close what stages have opened besides the pool.

    Listed behind the loop, so that its ``after_`` hook runs first.
    """

    def __init__(
        self, database: Database, others: Iterable[Callable[[], Awaitable[None]]] = ()
    ) -> None:
        async def close() -> None:
            for close_other in others:
                await close_other()
            await database.close()

        self._close = async_to_sync(close)
        self._groups = _Groups()

    def before_worker_boot(self, broker: Any, worker: Any) -> None:  # noqa: ARG002 -- hook signature
        """One more group of threads needs connections."""
        self._groups.begin()

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:  # noqa: ARG002 -- same
        """Once every thread of every group has ended, nobody needs a connection any more."""
        if self._groups.end():
            self._close()


class EndOfSuccession(Middleware):
    """Has a worker that is asked to stop begin nothing more without a message."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def before_worker_shutdown(self, broker: Any, worker: Any) -> None:  # noqa: ARG002 -- hook signature
        """What is being worked on is the last."""
        self._end()


class WorkerMetrics(Middleware):
    """Counts messages by what became of them, and the threads at work."""

    def after_worker_boot(self, broker: Any, worker: Any) -> None:  # noqa: ARG002 -- hook signature
        """Tell how many threads there are, in all groups."""
        THREADS_TOTAL.labels(_work_of(worker.consumer_whitelist)).inc(worker.worker_threads)

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:  # noqa: ARG002 -- same
        """These threads have ended."""
        THREADS_TOTAL.labels(_work_of(worker.consumer_whitelist)).dec(worker.worker_threads)

    def before_process_message(self, broker: Any, message: Any) -> None:  # noqa: ARG002 -- same
        """One more thread is busy."""
        THREADS_BUSY.labels(_work_of({message.queue_name})).inc()

    def after_process_message(
        self,
        broker: Any,  # noqa: ARG002 -- same
        message: Any,
        *,
        result: Any = None,  # noqa: ARG002 -- same
        exception: Any = None,
    ) -> None:
        """Count the message. Runs after Retries has decided whether it failed."""
        THREADS_BUSY.labels(_work_of({message.queue_name})).dec()
        if message.failed:
            outcome = "dead_lettered"
        elif exception is not None:
            outcome = "retried"
        else:
            outcome = "handled"
        MESSAGES.labels(message.queue_name, outcome).inc()

    after_skip_message = after_process_message


def _work_of(queues: AbstractSet[str]) -> str:
    return "waiting" if queues <= WAITING_QUEUES else "computing"
