"""The threads that compute, and which of them go on after their work was given up."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

ResultT = TypeVar("ResultT")
ParametersT = ParamSpec("ParametersT")

#: Between two questions to the engine most work sees by itself that nobody waits for it.
_PATIENCE_SECONDS = 10.0


class _Work:
    """One attempt, which may have given up before its threads ended."""

    ended_at: float | None = None


_WORK: ContextVar[_Work | None] = ContextVar("work", default=None)


@contextmanager
def watched_work() -> Iterator[None]:
    """What is begun in threads inside belongs to one attempt, which ends here."""
    work = _Work()
    token = _WORK.set(work)
    try:
        yield
    finally:
        _WORK.reset(token)
        work.ended_at = time.monotonic()


class WorkThreads(ThreadPoolExecutor):
    """Runs what ``asyncio.to_thread`` is given, and knows which attempt each thread works for.

    Python cannot end a thread: what outlives its attempt is ended with its process.
    """

    def __init__(self, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        super().__init__(thread_name_prefix="work")
        self._patience_seconds = patience_seconds
        self._running: dict[int, _Work] = {}

    def submit(
        self,
        fn: Callable[ParametersT, ResultT],
        /,
        *args: ParametersT.args,
        **kwargs: ParametersT.kwargs,
    ) -> Future[ResultT]:
        """Run ``fn`` for the attempt that asks for it."""
        work = _WORK.get()
        if work is None:
            return super().submit(fn, *args, **kwargs)

        def run() -> ResultT:
            thread = threading.get_ident()
            self._running[thread] = work
            try:
                return fn(*args, **kwargs)
            finally:
                del self._running[thread]

        return super().submit(run)

    def outliving(self) -> int:
        """Threads that still compute although their attempt ended long enough ago."""
        latest = time.monotonic() - self._patience_seconds
        ends = [work.ended_at for work in list(self._running.values())]
        return sum(ended_at is not None and ended_at < latest for ended_at in ends)
