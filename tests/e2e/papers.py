"""The committed samples, and what is known of them."""

import json
from pathlib import Path
from typing import Any

from shared.contract.answer_key import AnswerKey

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/key.json"))


def paper_file(name: str) -> Path:
    return next(p for p in (SAMPLES / name).glob("paper.*") if p.suffix != ".toml")


def answer_key(name: str) -> AnswerKey:
    return AnswerKey.model_validate_json((SAMPLES / name / "key.json").read_bytes())


def truth(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SAMPLES / name / "truth.json").read_text())
    known: dict[str, Any] = document["truth"]
    return known
