"""Prints every figure of the diagnosis as JSON lines, with 95 % intervals where they are shares.

Usage: python benchmarks/diagnosis/measure.py RESPONSES TAL, where RESPONSES holds data.txt and
q.txt, and TAL holds zh.jsonl and en.jsonl.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from train_tagger import LANGUAGES, measure

from examlens.evaluate.mastery import DIFFICULTIES, evaluate_mastery
from services.diagnose.domain.compare import compare
from services.diagnose.domain.comparison import Outcome

_GENERATOR = Path(__file__).parents[2] / "tests" / "unit" / "diagnose"


def wilson(share: float, count: int) -> list[float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z2 = 1.96**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = 1.96 / (1 + z2 / count) * (share * (1 - share) / count + z2 / (4 * count**2)) ** 0.5
    return [round(middle - half, 3), round(middle + half, 3)]


def scoring(seed: int = 2024, rounds: int = 60) -> dict[str, object]:
    """Precision and recall of "right" on generated pairs of answer and key."""
    sys.path.insert(0, str(_GENERATOR))
    from answer_pairs import generate  # noqa: PLC0415 - the tests' generator, found at run time

    pairs = generate(seed, rounds)
    start = time.perf_counter()
    found = Counter((p.kind, compare(p.type, p.student, p.key).outcome) for p in pairs)
    seconds = time.perf_counter() - start
    right = sum(n for (_, outcome), n in found.items() if outcome is Outcome.RIGHT)
    equal = sum(n for (kind, _), n in found.items() if kind == "equivalent")
    hits = found["equivalent", Outcome.RIGHT]
    return {
        "pairs": len(pairs),
        "precision": hits / right,
        "precision_interval": wilson(hits / right, right),
        "recall": hits / equal,
        "recall_interval": wilson(hits / equal, equal),
        "wrong_called_undecided": sum(
            n for (kind, o), n in found.items() if kind != "equivalent" and o is Outcome.UNDECIDED
        ),
        "milliseconds_per_pair": round(1000 * seconds / len(pairs), 3),
    }


def main(responses: Path, tal: Path) -> None:
    """Measure scoring, mastery and tagging."""
    print(json.dumps({"scoring": scoring()}))
    for difficulty in DIFFICULTIES:
        print(json.dumps({"mastery": difficulty, **evaluate_mastery(responses, difficulty)}))
    for language in LANGUAGES:
        found = measure(tal / f"{language}.jsonl")
        intervals = {
            f"{key}_interval": wilson(value, int(found["items"]))
            for key, value in found.items()
            if "_hit" in key
        }
        print(json.dumps({"tagging": language, **found, **intervals}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
