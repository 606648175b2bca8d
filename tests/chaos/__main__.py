"""``python -m tests.chaos``: real servers, real processes, seeded faults, one account."""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.run import ChaosRun, FaultFailed


def main(faults: Sequence[Fault] = FAULTS) -> None:
    """Run once; ends with 1 when anything was lost, repeated or left over.

    A fault that fails by itself ends the run with 2: what it did to the servers is unknown.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options.add_argument("--exams", type=int, default=300)
    options.add_argument("--seconds", type=float, default=200.0)
    options.add_argument("--older", type=Path, help="checkout of an earlier version to run beside")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = ChaosRun(
            seed=given.seed,
            exams=given.exams,
            seconds=given.seconds,
            faults=faults,
            deadly=2,
            # Workers are recycled all the time.
            settings={"EXAMLENS_MAX_TASKS": "150"},
            settle_seconds=240,
            older=given.older,
        )
        try:
            account = run.run(Path(folder))
        except FaultFailed as failure:
            print(f"chaos seed={given.seed} {failure}")
            sys.exit(2)
    print(account.line(given.seed))
    sys.exit(0 if account.is_clean else 1)


if __name__ == "__main__":
    main()
