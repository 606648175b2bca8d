"""``python -m tests.chaos``: real servers, real processes, seeded faults, one account."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.run import ChaosRun


def main() -> None:
    """Run once; ends with 1 when anything was lost, repeated or left over."""
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
            faults=FAULTS,
            deadly=2,
            settle_seconds=240,
            older=given.older,
        )
        account = run.run(Path(folder))
    print(account.line(given.seed))
    sys.exit(0 if account.is_clean else 1)


if __name__ == "__main__":
    main()
