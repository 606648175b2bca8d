"""``python -m tests.simulation``: seeds, one after the other, until one is found guilty."""

import argparse
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool

from tests.simulation.mutations import MUTATIONS, mutated
from tests.simulation.verdict import judge
from tests.simulation.world import Simulation


@dataclass(frozen=True)
class Found:
    """What came of one seed."""

    seed: int
    exams: int
    simulated_seconds: float
    faults: list[tuple[float, str]]
    findings: list[str]
    digest: str


def main() -> None:
    """End with 1 and the seed's story when something was not as it should be."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, help="tell the story of this one only")
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seeds", type=int, default=3000)
    options.add_argument("--processes", type=int, default=os.cpu_count())
    options.add_argument("--without", choices=MUTATIONS, help="take this protection out")
    given = options.parse_args()
    one = given.seed is not None
    first, many = (given.seed, 1) if one else (given.first, given.seeds)
    seeds = range(first, first + many)
    started, exams, simulated = time.monotonic(), 0, 0.0
    with Pool(1 if one else given.processes) as pool:
        for found in pool.imap(partial(simulate, without=given.without), seeds, chunksize=8):
            exams += found.exams
            simulated += found.simulated_seconds
            if found.findings or one:
                tell(found)
            if found.findings:
                print(f"found after {time.monotonic() - started:.1f} s")
                sys.exit(1)
    seconds = time.monotonic() - started
    print(
        f"simulation seeds={first}..{first + many - 1} exams={exams}"
        f" simulated_hours={simulated / 3600:.0f} seconds={seconds:.1f} findings=0"
    )


def simulate(seed: int, *, without: str | None = None) -> Found:
    """Tell the story of ``seed`` and judge it."""
    with mutated(without) if without else nullcontext():
        story = Simulation(seed).run()
    return Found(seed, len(story.wishes), story.seconds, story.faults, judge(story), story.digest())


def tell(found: Found) -> None:
    """Print a seed's faults and what was found."""
    for at, kind in found.faults:
        print(f"{at:8.1f} s  {kind}")
    for finding in found.findings:
        print(f"seed {found.seed}: {finding}")
    print(f"seed {found.seed}: everything that is left is {found.digest}")


if __name__ == "__main__":
    main()
