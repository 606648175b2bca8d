"""``python -m benchmarks.peers.submitter PIPELINE``: submits exams to one pipeline when told to.

For every number on standard input that many exams are submitted, one after another. When all of
them are accepted, their ids go to standard output on one line.
"""

import importlib
import sys
from uuid import uuid4


def main() -> None:
    """Submit until standard input ends."""
    submit = importlib.import_module(f"benchmarks.peers.{sys.argv[1]}").submit
    for line in sys.stdin:
        ids = [str(uuid4()) for _ in range(int(line))]
        for exam_id in ids:
            submit(exam_id)
        print(" ".join(ids), flush=True)


if __name__ == "__main__":
    main()
