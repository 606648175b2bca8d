"""Renders completed papers, with their truth, to measure reading with.

Exams come from a question bank; the other kinds are what people upload besides (``uploads``).
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).resolve().parents[2]))

# Scripts, not packages: the project's root has to be on the path first.
import numpy as np
from bank import BankQuestion, load_bank
from compose import compose
from fonts import CACHE, Hand, load_hands
from manifest import details, entry, printed_text
from markup import to_source
from paper import Paper
from pen import Pen
from photo import choose_damage, degrade
from PIL import Image
from student import answer, choose_pen, mark
from typeset import typeset
from uploads.crops import load_crops
from uploads.drawing import KINDS, draw, open_workshop


def main() -> None:
    """Parse the command line and write the set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("exam", *KINDS), default="exam")
    parser.add_argument("--bank", type=Path, help="folder of question bank JSON, for exams")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the set to")
    parser.add_argument("--count", type=int, default=120, help="number of papers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ppi", type=int, default=150, help="pixels per inch")
    parser.add_argument("--degraded", action="store_true", help="scan or photograph the pages")
    parser.add_argument("--fonts", type=Path, default=CACHE, help="cache of handwriting fonts")
    parser.add_argument(
        "--keys",
        choices=("all", "some", "none"),
        default="some",
        help="papers that come with an answer key; some: two of three",
    )
    parser.add_argument(
        "--digits",
        type=Path,
        help="folder of real digits, with labels.csv, that half of the sheets are written with;"
        " not for exams",
    )
    options = parser.parse_args()
    write = _exams(parser, options) if options.kind == "exam" else _uploads(options)
    options.out.mkdir(parents=True, exist_ok=True)
    entries = []
    for index in range(options.count):
        entries.append(write(index))
        print(f"\r{index + 1}/{options.count}", end="", file=sys.stderr)
    print(file=sys.stderr)
    (options.out / "manifest.json").write_text(
        json.dumps({"papers": entries}, ensure_ascii=False, indent=1) + "\n"
    )


def _exams(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> Callable[[int], dict[str, Any]]:
    """What writes exam number ``index`` and gives its manifest entry."""
    if options.bank is None:
        parser.error("exams need --bank")
    bank = load_bank(options.bank)
    if not bank:
        parser.error(f"no usable question in {options.bank}")
    hands = load_hands(options.fonts)
    return lambda index: _generate(index, bank, hands, options)


def _uploads(options: argparse.Namespace) -> Callable[[int], dict[str, Any]]:
    """What writes sheet number ``index`` of another kind and gives its manifest entry."""
    shop = open_workshop(options.fonts, load_crops(options.digits) if options.digits else ())

    def write(index: int) -> dict[str, Any]:
        drawn = draw(options.kind, index, options.seed, shop, ppi=options.ppi, keys=options.keys)
        name = f"{index:03d}"
        files = _write_all(options.out, name, drawn.images, drawn.suffix)
        truth = json.dumps(drawn.details, ensure_ascii=False)
        (options.out / f"{name}.truth.json").write_text(truth)
        return {"files": files, **drawn.entry}

    return write


def _generate(
    index: int, bank: Sequence[BankQuestion], hands: Sequence[Hand], options: argparse.Namespace
) -> dict[str, Any]:
    """Draw paper ``index`` and its truth files; gives its manifest entry."""
    paper, pen = _paper_with_pen(index, bank, hands, options)
    sheets = typeset(to_source(paper), options.ppi)
    pages = answer(paper, sheets, pen)
    marks = mark(paper, pages, sheets, pen) if paper.is_marked else []
    name = f"{index:03d}"
    truth = details(paper, sheets, marks)
    if options.degraded:
        noise = np.random.default_rng([options.seed, index])
        damages = [choose_damage(noise) for _ in pages]
        truth["damage"] = [asdict(damage) for damage in damages]
        images = [degrade(p, d, noise) for p, d in zip(pages, damages, strict=True)]
        files = _write_all(options.out, name, images, "jpg")
    elif index % 6 == 5:
        files = [f"{name}.pdf"]
        _save_pdf(pages, options.out / files[0], options.ppi)
    else:
        files = _write_all(options.out, name, [_png(page, options.ppi) for page in pages], "png")
    (options.out / f"{name}.txt").write_text(printed_text(paper))
    (options.out / f"{name}.truth.json").write_text(json.dumps(truth, ensure_ascii=False))
    has_key = options.keys == "all" or (options.keys == "some" and index % 3 != 2)
    return {**entry(paper, files, f"{name}.txt", has_key=has_key), "layout": paper.layout.name}


def _paper_with_pen(
    index: int, bank: Sequence[BankQuestion], hands: Sequence[Hand], options: argparse.Namespace
) -> tuple[Paper, Pen]:
    """A paper whose responses some hand can write: a rare character asks for another draw."""
    for attempt in range(50):
        lot = random.Random(f"{options.seed}:{index}:{attempt}")  # noqa: S311 - no secret
        paper = compose(bank, index, lot)
        pen = choose_pen(hands, paper, lot, options.ppi)
        if pen is not None:
            return paper, pen
    raise RuntimeError(f"no handwriting can write the responses of paper {index}")


def _write_all(folder: Path, name: str, images: Sequence[bytes], suffix: str) -> list[str]:
    files = [f"{name}-{number}.{suffix}" for number in range(1, len(images) + 1)]
    for file, data in zip(files, images, strict=True):
        (folder / file).write_bytes(data)
    return files


def _png(page: Image.Image, ppi: int) -> bytes:
    buffer = BytesIO()
    page.save(buffer, "PNG", dpi=(ppi, ppi), compress_level=3)
    return buffer.getvalue()


def _save_pdf(pages: Sequence[Image.Image], path: Path, ppi: int) -> None:
    pages[0].save(
        path,
        save_all=True,
        append_images=list(pages[1:]),
        resolution=ppi,
        quality=85,
        creationDate=None,
        modDate=None,
    )


if __name__ == "__main__":
    main()
