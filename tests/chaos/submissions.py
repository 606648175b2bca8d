"""Exams that are submitted in the background while faults happen."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from examlens.client import ExamLensClient, ExamLensError, GatewayUnreachable

#: A submission whose gateway was killed has to wait until its key is given up.
PATIENCE_SECONDS = 180.0
AT_ONCE = 16
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)


class Submissions:
    """One exam per reference, spread over ``seconds``. Use as a context manager.

    Leaving the block ends what is not accepted yet: without that, a run that fails would go on
    submitting to a gateway that is gone.
    """

    def __init__(
        self,
        address: str,
        key: str,
        references: Sequence[str],
        *,
        seconds: float,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._address, self._key = address, key
        self._references, self._seconds = references, seconds
        self._patience_seconds = patience_seconds
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE + 1)
        self._all: Future[dict[str, str]] | None = None

    def __enter__(self) -> Self:
        self._all = self._pool.submit(self._submit_all)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._pool.shutdown(cancel_futures=True)

    def accepted(self) -> dict[str, str]:
        """Wait for all; exam id → reference. Raises what the gateway said to one that gave up."""
        if self._all is None:
            raise RuntimeError("the submissions have not begun")
        return self._all.result()

    def _submit_all(self) -> dict[str, str]:
        started = time.monotonic()
        submissions = {}
        for index, reference in enumerate(self._references):
            if self._ended.is_set():
                break
            submissions[reference] = self._pool.submit(self._submit, reference)
            due = started + self._seconds * (index + 1) / len(self._references)
            self._ended.wait(max(due - time.monotonic(), 0))
        return {future.result(): reference for reference, future in submissions.items()}

    def _submit(self, reference: str) -> str:
        """Submit until it is accepted; the idempotency key makes repeating harmless."""
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                with ExamLensClient(self._address, self._key, timeout_seconds=10) as client:
                    return client.submit(
                        [_PNG + reference.encode()],
                        student_ref=reference,
                        force=True,
                        idempotency_key=reference,
                    ).exam_id
            except (GatewayUnreachable, ExamLensError):
                if time.monotonic() > deadline or self._ended.wait(0.5):
                    raise
