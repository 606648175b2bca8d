"""``python -m tests.chaos``: real servers, real processes, seeded faults, one account."""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import asyncpg

from examlens.client import ExamLensError, GatewayUnreachable
from tests.chaos.customer import GivenUp
from tests.chaos.faults import Fault
from tests.chaos.run import ChaosRun, FaultFailed
from tests.chaos.wide_faults import STORE_FAULTS, WIDE_FAULTS

#: What keeps a run from being made, or from being judged.
NOT_MADE = (
    FaultFailed,
    TimeoutError,
    OSError,
    subprocess.SubprocessError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    ExamLensError,
    GatewayUnreachable,
    GivenUp,
)


def main(faults: Sequence[Fault] = WIDE_FAULTS) -> None:
    """Run once; ends with 1 when anything was lost, repeated or left over.

    A run that could not be made, as on a machine too busy to start servers in time, ends with 2: it
    says nothing about the system. However it ends, its servers and processes end with it.
    """
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options.add_argument("--exams", type=int, default=300)
    options.add_argument("--seconds", type=float, default=200.0)
    options.add_argument("--older", type=Path, help="checkout of an earlier version to run beside")
    options.add_argument("--store", choices=("disk", "bucket"), help="by default chance decides")
    options.add_argument("--keep", type=Path, help="folder that keeps logs and the history")
    given = options.parse_args()
    is_wide = faults is WIDE_FAULTS
    store = given.store or ("disk", "bucket")[given.seed % 2]
    with _folder(given.keep) as folder:
        run = ChaosRun(
            seed=given.seed,
            exams=given.exams,
            seconds=given.seconds,
            faults=(*faults, *STORE_FAULTS[store]) if is_wide else faults,
            deadly=2,
            store=store if is_wide else "directory",
            gateways=2 if is_wide else 1,
            has_side_work=is_wide,
            # Workers are recycled all the time.
            settings={"EXAMLENS_MAX_TASKS": "150"},
            settle_seconds=240,
            older=given.older,
        )
        try:
            account = run.run(folder)
        except NOT_MADE as failure:
            print(f"chaos seed={given.seed} {type(failure).__name__}: {failure}")
            sys.exit(2)
    print(account.line(given.seed))
    sys.exit(0 if account.is_clean else 1)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        yield Path(made)


def _end(number: int, _: FrameType | None) -> None:
    """Leave through every ``with`` block, which stops what it started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
