"""Measures the topic tagger on labelled questions."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from examlens.evaluate.intervals import Figures, bootstrap_intervals
from services.diagnose.adapters.taxonomy.tagger_files import shipped_tagger
from services.diagnose.domain.tagging.languages import language_of
from services.diagnose.domain.tagging.question_features import QuestionText
from services.diagnose.domain.tagging.stems import stem_hash
from services.diagnose.domain.tagging.tagger import Tagger
from services.diagnose.domain.tagging.topic_routes import topic_of
from services.diagnose.domain.tagging.training import LabelledQuestion, Pruning, train

Array = npt.NDArray[np.float64]
_HARDEST = 4


def evaluate_tagging(file: Path, train_file: Path | None = None) -> Figures:
    """Tag the questions of ``file`` (JSONL with TAL-SCQ5K fields) with the shipped or a new tagger.

    Keys: ``items, module_hit1, module_hit3, leaf_hit5, difficulty_spearman``. A hit means that one
    of the question's own topics is among the first 1, 3 or 5. ``*_stem_only`` are figures without
    worked answers and sources. ``*_interval`` are 95 % intervals from resampled questions.
    Questions that the tagger was trained on are left out and counted in ``seen``.
    """
    questions = read_questions(file)
    taggers = _taggers(questions, train_file)
    unseen = [
        q for q in questions if stem_hash(q.text) not in taggers[q.text.language].trained_stems
    ]
    result = _figures(unseen, taggers)
    bare = _figures([_without_extras(question) for question in unseen], taggers)
    return {
        "items": len(unseen),
        **result,
        **{_of_stems(key): value for key, value in bare.items()},
        "seen": len(questions) - len(unseen),
    }


def _of_stems(key: str) -> str:
    name, mark, rest = key.partition("_interval")
    return f"{name}_stem_only{mark}{rest}"


def read_questions(file: Path) -> list[LabelledQuestion]:
    """The questions of a JSONL file that have at least one topic; see TAL-SCQ5K for the fields."""
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    language = language_of(row["problem"] for row in rows)
    found = [_question(row, language) for row in rows]
    return [question for question in found if question.topics]


def _question(fields: dict[str, Any], language: str) -> LabelledQuestion:
    topics = [topic_of(route) for route in fields.get("knowledge_point_routes") or ()]
    options = tuple(
        str(option["content"])
        for group in fields.get("answer_option_list") or ()
        for option in group
    )
    difficulty = fields.get("difficulty")
    return LabelledQuestion(
        QuestionText(
            stem=fields["problem"],
            language=language,
            options=options,
            title=" ".join(fields.get("competition_source_list") or ()),
            worked_answer=" ".join(text or "" for text in fields.get("answer_analysis") or ()),
        ),
        tuple(topic for topic in topics if topic is not None),
        None if difficulty in {None, ""} else float(difficulty) / _HARDEST,
    )


def _taggers(questions: list[LabelledQuestion], train_file: Path | None) -> dict[str, Tagger]:
    languages = sorted({question.text.language for question in questions})
    if train_file is None:
        return {language: shipped_tagger(language) for language in languages}
    known = read_questions(train_file)
    return {
        language: train([q for q in known if q.text.language == language] or known, Pruning())
        for language in languages
    }


def _without_extras(question: LabelledQuestion) -> LabelledQuestion:
    return replace(question, text=replace(question.text, title="", worked_answer=""))


def _figures(questions: Sequence[LabelledQuestion], taggers: dict[str, Tagger]) -> Figures:
    hits: dict[str, list[bool]] = {"module_hit1": [], "module_hit3": [], "leaf_hit5": []}
    predicted, true = [], []
    for question in questions:
        tags = taggers[question.text.language].tag(question.text)
        modules = {topic.module for topic in question.topics}
        hits["module_hit1"].append(tags.modules[0][0] in modules)
        hits["module_hit3"].append(any(name in modules for name, _ in tags.modules[:3]))
        leaves = {topic.leaf for topic in question.topics}
        hits["leaf_hit5"].append(any(name in leaves for name, _ in tags.leaves[:5]))
        if question.difficulty is not None:
            predicted.append(tags.difficulty)
            true.append(question.difficulty)
    shares = {key: np.array(found, dtype=float) for key, found in hits.items()}
    known, labels = np.array(predicted), np.array(true)
    has_label = np.array([question.difficulty is not None for question in questions], dtype=bool)
    row = np.cumsum(has_label) - 1

    def figures(places: npt.NDArray[np.int64]) -> dict[str, float]:
        labelled = row[places[has_label[places]]]
        means = {key: float(share[places].mean()) for key, share in shares.items()}
        return means | {"difficulty_spearman": _rank_correlation(known[labelled], labels[labelled])}

    if not questions:
        return dict.fromkeys((*shares, "difficulty_spearman"), 0.0)
    everything = figures(np.arange(len(questions)))
    return everything | bootstrap_intervals(figures, len(questions))


def _rank_correlation(one: Array, other: Array) -> float:
    """Spearman's: the correlation of the ranks."""
    ranks = _ranks(one), _ranks(other)
    if len(one) < 2 or ranks[0].std() == 0 or ranks[1].std() == 0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Array) -> Array:
    """The place of each value in order, from 1; equal values share the mean of their places."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)
