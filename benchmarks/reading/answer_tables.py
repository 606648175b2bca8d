"""Answer sheets with a ruled table as manifests: as they are, turned, small, compressed."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

Change = Callable[[Image.Image], Image.Image]

#: Name of each variant, what is done to the sheet, and the JPEG quality it is stored with.
VARIANTS: dict[str, tuple[Change, int | None]] = {
    "as scanned": (lambda image: image, None),
    "turned 5°": (
        lambda image: image.rotate(5, Image.Resampling.BICUBIC, expand=True, fillcolor="white"),
        None,
    ),
    "60 % of the size": (
        lambda image: image.resize(
            (round(0.6 * image.width), round(0.6 * image.height)), Image.Resampling.LANCZOS
        ),
        None,
    ),
    "JPEG q50": (lambda image: image, 50),
}


def write_variants(folder: Path, out: Path) -> Iterator[tuple[str, Path]]:
    """The name and the manifest's folder of each variant of the sheets in ``folder``.

    ``folder/truth.json`` has the key as ``{"choice": "BAC…", "true_false": "TF…"}``, the points
    of one question of each, and per sheet the same with what was written and its ``score``.
    """
    truth = json.loads((folder / "truth.json").read_text())
    for name, (change, quality) in VARIANTS.items():
        target = out / name.replace(" ", "-").replace("%", "percent")
        target.mkdir(parents=True)
        papers = []
        for sheet, written in truth["sheets"].items():
            image = change(Image.open(folder / f"{sheet}.png").convert("RGB"))
            file = f"{sheet}.{'png' if quality is None else 'jpg'}"
            (target / file).write_bytes(_encoded(image, quality))
            papers.append(_entry(file, truth, written))
        (target / "manifest.json").write_text(json.dumps({"papers": papers}))
        yield name, target


def _encoded(image: Image.Image, quality: int | None) -> bytes:
    buffer = BytesIO()
    if quality is None:
        image.save(buffer, "PNG")
    else:
        image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _entry(file: str, truth: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    kinds = (("一", "choice", "single_choice"), ("二", "true_false", "true_false"))
    sections = [
        {
            "label": label,
            "title": kind,
            "questions": [
                {
                    "number": str(number),
                    "type": question_type,
                    "answer": answer,
                    "points": truth["points"][kind],
                }
                for number, answer in enumerate(truth["key"][kind], start=1)
            ],
        }
        for label, kind, question_type in kinds
    ]
    answers = {
        f"{label}.{number}": answer
        for label, kind, _ in kinds
        for number, answer in enumerate(written[kind], start=1)
    }
    return {
        "files": [file],
        "key": {"title": "answer sheet", "sections": sections},
        "truth": {"answers": answers, "earned": written["score"]},
    }
