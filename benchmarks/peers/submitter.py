"""``python -m benchmarks.peers.submitter PIPELINE``: submits exams to one pipeline when told to.

For every number on standard input that many exams are submitted, one after another. For each line
one goes to standard output when all of them are accepted.
"""

import importlib
import sys
from uuid import uuid4


def main() -> None:
    """Submit until standard input ends."""
    submit = importlib.import_module(f"benchmarks.peers.{sys.argv[1]}").submit
    for line in sys.stdin:
        for _ in range(int(line)):
            submit(str(uuid4()))
        print("accepted", flush=True)


if __name__ == "__main__":
    main()
