"""Trains the mathematics tagger that is shipped, and measures it on questions kept apart.

Usage: python benchmarks/diagnosis/train_tagger.py FOLDER, which holds zh.jsonl and en.jsonl of the
MIT-licensed TAL-SCQ5K set. Writes the coefficients beside the taxonomy and prints one JSON line
per language.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from examlens.evaluate.tagging import evaluate_tagging, read_questions
from services.diagnose.adapters.taxonomy.tagger_files import shipped_tagger, write_tagger
from services.diagnose.domain.tagging.stems import normalised_stem
from services.diagnose.domain.tagging.training import Pruning, train

TARGET = Path(__file__).parents[2] / "services" / "diagnose" / "taxonomy"
#: Of a hundred parts, by hash of the normalised stem, these are never trained on.
KEPT_APART = range(15)
LANGUAGES = ("zh", "en")
#: About 6 MB for Chinese, which has three times the leaves, and 4 MB for English.
PRUNING = {"zh": Pruning(module=15000, leaf=2500), "en": Pruning(module=25000, leaf=2500)}


def part_of(stem: str) -> int:
    """The part 0..99 of a question; copies of one stem share it."""
    digest = hashlib.sha256(b"examlens tagger split 1" + normalised_stem(stem).encode()).digest()
    return int.from_bytes(digest[:8]) % 100


def main(folder: Path) -> None:
    """Train and measure both languages."""
    for language in LANGUAGES:
        known = read_questions(folder / f"{language}.jsonl")
        known = [q for q in known if part_of(q.text.stem) not in KEPT_APART]
        tagger = train(known, PRUNING[language])
        write_tagger(tagger, tagger_file(language))
    shipped_tagger.cache_clear()
    for language in LANGUAGES:
        print(json.dumps({"language": language, **measure(folder / f"{language}.jsonl")}))


def tagger_file(language: str) -> Path:
    """Where the coefficients of a language are kept."""
    return TARGET / f"tagger_mathematics_{language}.npz"


def measure(source: Path) -> dict[str, float]:
    """The figures of the shipped tagger on the questions kept apart."""
    lines = source.read_text(encoding="utf-8").splitlines()
    apart = [line for line in lines if part_of(json.loads(line)["problem"]) in KEPT_APART]
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(scratch) / "kept.jsonl"
        kept.write_text("\n".join(apart), encoding="utf-8")
        return evaluate_tagging(kept)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
