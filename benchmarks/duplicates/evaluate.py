"""Precision and recall of duplicate layer 3 on pairs of drawn sheets: ``make eval-duplicates``.

The pages pass the ingest stage's own code: normalisation, view, hash, stored print, comparison.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "benchmarks" / "papers"), str(_ROOT / "samples")]
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Scripts, not packages: their folders have to be on the path first.
import cv2  # noqa: E402
import numpy as np  # noqa: E402
from bank import load_bank  # noqa: E402
from classes import draw_class  # noqa: E402
from compose import compose  # noqa: E402
from draw import read_paper  # noqa: E402
from fonts import load_hands  # noqa: E402
from paper import Paper  # noqa: E402
from PIL import Image  # noqa: E402
from transformations import TRANSFORMATIONS, Pixels  # noqa: E402

from services.ingest.domain.files.limits import Limits  # noqa: E402
from services.ingest.domain.likeness.page_likeness import is_same_sheet, shared_corners  # noqa: E402
from services.ingest.domain.likeness.page_prints import (  # noqa: E402
    kept_ink,
    print_of,
    view_of_corners,
    view_of_print,
)
from services.ingest.domain.likeness.page_view import PageView, view_of  # noqa: E402
from services.ingest.domain.sheet.normalisation import normalise  # noqa: E402
from services.ingest.steps.sheet_search import MAX_CANDIDATES, MAX_VERIFIED  # noqa: E402

_SAMPLES = ("zh-maths", "en-english", "zh-science-two-pages")
#: Pairs by group, whether they are the same sheet, and whether they were taken for the same.
Pairs = Counter[tuple[str, bool, bool]]
_ORIGINAL = "original"
_ONE_ANSWER = "one answer differs"
_STUDENTS = "different students"


@dataclass(frozen=True, slots=True)
class Stored:
    """A page as the system keeps it: its hashes, its corners, its view."""

    hashes: tuple[str, ...]
    corners: bytes
    view: PageView


@dataclass(frozen=True, slots=True)
class Class:
    """What one process draws and compares. With ``files`` the sheets are read instead."""

    template: Paper | None
    students: int
    seed: int
    files: tuple[Path, ...] = ()


def main() -> None:
    """Draw, compare, print a table; exit 1 when a figure misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=13, help="students of each class")
    parser.add_argument("--bank", type=Path, help="folder of question banks: other templates")
    parser.add_argument("--classes", type=int, default=3, help="classes, with --bank")
    parser.add_argument("--sheets", type=Path, help="folder of PNGs: one template, many students")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    started = time.monotonic()
    counts: Pairs = Counter()
    with ProcessPoolExecutor(options.processes) as pool:
        for found in pool.map(_compare_class, _classes(options)):
            counts.update(found)
    sys.exit(_report(counts, time.monotonic() - started))


def _classes(options: argparse.Namespace) -> list[Class]:
    load_hands()
    if options.bank:
        bank = load_bank(options.bank)
        templates = [
            compose(bank, index, random.Random(f"{options.seed}:{index}"))  # noqa: S311
            for index in range(options.classes)
        ]
    else:
        templates = [read_paper(_ROOT / "samples" / name / "paper.toml") for name in _SAMPLES]
    classes = [
        Class(template, options.students, options.seed * 1000 + index)
        for index, template in enumerate(templates)
    ]
    if options.sheets:
        files = tuple(sorted(options.sheets.glob("*.png")))
        classes.append(Class(None, len(files), options.seed, files))
    return classes


def _compare_class(members: Class) -> Pairs:
    """Counts over all pairs of a class."""
    cv2.setNumThreads(1)
    counts: Pairs = Counter()
    students: list[dict[str, Stored]] = []
    for student, page, other in _sheets(members):
        chance = np.random.default_rng([members.seed, student])
        ours = _variants(page, chance)
        students.append(ours)
        counts.update(_compare_again(ours))
        if other is not None:
            also = list(TRANSFORMATIONS)[student % len(TRANSFORMATIONS)]
            counts.update(_compare_other(ours, _variants(other, chance, (_ORIGINAL, also))))
        print(".", end="", file=sys.stderr, flush=True)
    originals = [ours[_ORIGINAL] for ours in students]
    for student, ours in enumerate(students):
        for name in TRANSFORMATIONS:
            counts[name, True, _is_found(ours[name], originals, student)] += 1
    for first, second in combinations(range(len(students)), 2):
        # Scans of real sheets are few, so each is compared with every variant of the others.
        names = students[second] if members.files else (_ORIGINAL,)
        for name in names:
            is_taken = is_same_sheet(originals[first].view, students[second][name].view)
            counts[_STUDENTS, False, is_taken] += 1
    return counts


def _compare_again(ours: dict[str, Stored]) -> Pairs:
    """One sheet handed in twice, changed in two ways."""
    return Counter(
        (f"{one} / {two}", True, is_same_sheet(ours[one].view, ours[two].view))
        for one, two in combinations(TRANSFORMATIONS, 2)
    )


def _compare_other(ours: dict[str, Stored], theirs: dict[str, Stored]) -> Pairs:
    """One sheet, and the same with one other answer."""
    return Counter(
        (_ONE_ANSWER, False, is_same_sheet(one.view, two.view))
        for one in ours.values()
        for two in theirs.values()
    )


def _sheets(members: Class) -> Iterator[tuple[int, Pixels, Pixels | None]]:
    if members.template is None:
        for index, path in enumerate(members.files):
            yield index, np.asarray(Image.open(path).convert("RGB")), None
        return
    for sheet in draw_class(members.template, members.students, load_hands(), members.seed):
        yield sheet.student, sheet.page, sheet.with_other_answer


def _variants(
    page: Pixels, chance: np.random.Generator, names: tuple[str, ...] | None = None
) -> dict[str, Stored]:
    wanted = names or (_ORIGINAL, *TRANSFORMATIONS)
    return {
        name: _stored(page if name == _ORIGINAL else TRANSFORMATIONS[name](page, chance))
        for name in wanted
    }


def _stored(pixels: Pixels) -> Stored:
    """The page after ingest, and after the blob store and the database gave it back."""
    view = view_of(normalise(pixels, Limits().page_pixels).image)
    kept = print_of(view, 1, "key")
    return Stored(kept.hashes, kept.corners, view_of_print(kept_ink(view), kept.corners))


def _is_found(ours: Stored, known: list[Stored], student: int) -> bool:
    """Whether the search among the class's sheets comes upon the student's own and knows it."""
    near = sorted(range(len(known)), key=lambda index: _distance(ours, known[index]))
    shares = {
        index: shared_corners(view_of_corners(known[index].corners), ours.view)
        for index in near[:MAX_CANDIDATES]
    }
    best = sorted(shares, key=lambda index: -shares[index])[:MAX_VERIFIED]
    return student in best and is_same_sheet(known[student].view, ours.view)


def _distance(ours: Stored, known: Stored) -> int:
    return min(
        sum(a != b for a, b in zip(turn, known.hashes[0], strict=True)) for turn in ours.hashes
    )


def _report(counts: Pairs, seconds: float) -> int:
    groups = list(dict.fromkeys(group for group, _, _ in counts))
    groups.sort(key=lambda group: (group in {_ONE_ANSWER, _STUDENTS}, group not in TRANSFORMATIONS))
    print(f"\n{'pairs of':<28}{'pairs':>7}{'same':>7}{'taken for the same':>20}")
    for group in groups:
        rows = {key[1:]: number for key, number in counts.items() if key[0] == group}
        same = sum(number for (is_same, _), number in rows.items() if is_same)
        taken = sum(number for (_, is_taken), number in rows.items() if is_taken)
        print(f"{group:<28}{sum(rows.values()):>7}{same:>7}{taken:>20}")
    right = sum(n for (_, is_same, is_taken), n in counts.items() if is_same and is_taken)
    wrong = sum(n for (_, is_same, is_taken), n in counts.items() if not is_same and is_taken)
    same = sum(n for (_, is_same, _), n in counts.items() if is_same)
    figures = {
        "pairs": counts.total(),
        "precision": round(right / max(1, right + wrong), 4),
        "recall": round(right / max(1, same), 4),
        "recall_by_transformation": {
            name: round(
                counts[name, True, True]
                / max(1, counts[name, True, True] + counts[name, True, False]),
                4,
            )
            for name in TRANSFORMATIONS
        },
        "seconds": round(seconds, 1),
    }
    print(json.dumps(figures))
    return 0 if wrong == 0 and right >= 0.98 * same else 1


if __name__ == "__main__":
    main()
