"""Prints every figure of reading beside its target, in one table.

    .venv/bin/python benchmarks/reading/targets.py [--clean DIR] [--degraded DIR] [--data DIR]

``--clean`` and ``--degraded`` are sets of ``benchmarks/papers/generate.py``; ``--data`` a folder
with ``answer_tables`` (sheets and truth.json), ``scanned_maths`` and ``bubble_sheets`` (sheets,
their templates ``NAME__template.json`` and truth.json: per file the text of each field), and
``handwriting`` (exam_digits/labels.csv with its images, true_false). What is not named is left out.
Progress goes to stderr. Times are measured by ``make bench``.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[2]))

# Scripts, not packages: the project's root has to be on the path first.
import cv2
from answer_tables import write_variants
from marks import MarkCounts, on_generated, on_real_pages

from examlens.evaluate.handwriting import evaluate_handwriting
from examlens.evaluate.reading import HANDWRITING, evaluate_reading
from examlens.evaluate.reading_manifest import ReadingPaper
from examlens.evaluate.reading_score import PaperScore
from services.ocr.adapters.ppocr_reader import PpOcrReader
from services.ocr.domain.bubbles.bubble_sheet import read_bubbles
from services.ocr.domain.bubbles.bubble_templates import parse_template
from shared.contract.documents import ExamResult
from shared.observability.log_setup import configure_logging

Figures = dict[str, float | None]
#: What --data may hold; pages of the first two get marks drawn on them.
DATA_FOLDERS = ("scanned_maths", "answer_tables", "bubble_sheets", HANDWRITING)
#: Answers that count without a person are read so surely.
CERTAIN = 0.8
Row = tuple[str, str, str]

#: Least precision and recall, share of answers, and largest character error of a set.
TARGETS = {"clean": (0.97, 0.98, 0.01), "degraded": (0.93, 0.94, 0.03)}


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clean", type=Path, help="generated papers")
    parser.add_argument("--degraded", type=Path, help="the same, photographed and scanned")
    parser.add_argument("--data", type=Path, help="real sheets and pages")
    options = parser.parse_args()
    if not (options.clean or options.degraded or options.data):
        parser.error("name at least one of --clean, --degraded and --data")
    if options.data and not any((options.data / name).is_dir() for name in DATA_FOLDERS):
        parser.error(f"{options.data} has none of {', '.join(DATA_FOLDERS)}")
    configure_logging("ERROR", "console", "reading-targets")
    print("| measure | target | measured |\n|---|---|---|")
    for row in _rows(options):
        print("| " + " | ".join(row) + " |", flush=True)


def _rows(options: argparse.Namespace) -> Iterator[Row]:
    if options.data and (options.data / "answer_tables" / "truth.json").exists():
        yield from _answer_tables(options.data / "answer_tables")
    for name in TARGETS:
        folder = getattr(options, name)
        if folder is not None:
            yield from _papers(name, folder)
    reader = PpOcrReader(2)
    if options.clean:
        yield from _marks("generated papers", on_generated(reader, options.clean))
    if options.data:
        pages = [
            page
            for name in DATA_FOLDERS[:2]
            for page in sorted((options.data / name).glob("*.png"))
        ]
        if pages:
            yield from _marks(f"{len(pages)} real pages", on_real_pages(reader, pages))
        yield from _bubbles(options.data / "bubble_sheets")
        yield from _handwriting(options.data / HANDWRITING, reader)


def _measured(name: str, folder: Path) -> Figures:
    def tell(index: int, paper: ReadingPaper, _: ExamResult | None, score: PaperScore) -> None:
        print(
            f"{name} {index + 1} {paper.files[0]}: answers {score.answers_right}/"
            f"{score.answers_total}, certain {score.certain_right}/{score.certain_total}",
            file=sys.stderr,
            flush=True,
        )

    return evaluate_reading(folder, on_paper=tell)


def _answer_tables(folder: Path) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as out:
        for name, variant in write_variants(folder, Path(out)):
            found = _measured(name, variant)
            answers = f"{found['answers_right']}/{found['answers_total']}"
            totals = f"{found['totals_right']}/{found['totals_total']}"
            yield f"answer tables, {name}", "all answers, all totals", f"{answers}, {totals}"


def _papers(name: str, folder: Path) -> Iterator[Row]:
    found = _measured(name, folder)
    questions, answers, error = TARGETS[name]
    title = f"{name}, {found['papers']} papers"
    yield (
        f"{title}: question precision, recall",
        f"≥ {questions}",
        f"{_share(found['question_precision'])}, {_share(found['question_recall'])}",
    )
    yield f"{title}: answers right", f"≥ {answers}", _part(found, "answers_right", "answers_total")
    yield (
        f"{title}: section points",
        "≥ 0.98",
        _part(found, "sections_right", "sections_total"),
    )
    yield f"{title}: certain right", "≥ 0.995", _part(found, "certain_right", "certain_total")
    yield f"{title}: character error", f"≤ {error}", _share(found["cer"])
    yield f"{title}: seconds a page", "see make bench", _share(found["seconds_per_page"])


def _marks(name: str, counts: MarkCounts) -> Iterator[Row]:
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.by_kind.items()))
    yield f"marks F1, {name}", "≥ 0.95", f"{_share(counts.f1)} ({told or 'no miss'})"
    right, total = counts.scores_right, counts.scores
    share = _share(right / total if total else None)
    yield f"written scores, {name}", "≥ 0.93", f"{share} ({right}/{total})"


def _bubbles(folder: Path) -> Iterator[Row]:
    """Fields of the sheets that ``folder/truth.json`` knows."""
    truth = folder / "truth.json"
    if not truth.exists():
        return
    right = total = 0
    for file, fields in json.loads(truth.read_text()).items():
        template = parse_template((folder / f"{file.split('__')[0]}__template.json").read_text())
        grey = cv2.imread(str(folder / file), cv2.IMREAD_GRAYSCALE)
        read = {field.label: field.text for field in read_bubbles(grey, template) or ()}
        total += len(fields)
        right += sum(read.get(label) == text for label, text in fields.items())
    yield "bubble sheets", "≥ 0.99", f"{_share(right / max(1, total))} ({right}/{total})"


def _handwriting(folder: Path, reader: PpOcrReader) -> Iterator[Row]:
    """Single digits and words, where there is a folder of them."""
    found = evaluate_handwriting(folder, reader, reader.digits_from, CERTAIN)
    for name, title, target in (
        ("digits", "exam digits of unseen writers", 0.98),
        ("true_false", "True and False", 0.97),
    ):
        if f"{name}_total" in found:
            yield f"{title}: right", f"≥ {target}", _part(found, f"{name}_right", f"{name}_total")
            sure = _part(found, f"{name}_sure_right", f"{name}_sure")
            yield f"{title}: sure right", "≥ 0.995", sure


def _part(found: Figures, right: str, total: str) -> str:
    share = (found[right] or 0) / (found[total] or 1)
    return f"{_share(share)} ({found[right]}/{found[total]})"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
