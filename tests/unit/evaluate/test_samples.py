"""The sample papers are complete, small, and agree with themselves."""

from pathlib import Path

import pytest

from examlens.evaluate.reading_manifest import ReadingManifest, ReadingPaper, parse_address
from examlens.evaluate.reading_score import is_same_answer
from shared.contract.answer_key import AnswerKey

_SAMPLES = Path(__file__).resolve().parents[3] / "samples"
_FOLDERS = sorted(path.parent for path in _SAMPLES.glob("*/truth.json"))


def _read(folder: Path) -> tuple[ReadingPaper, AnswerKey]:
    truth = ReadingPaper.model_validate_json((folder / "truth.json").read_text())
    return truth, AnswerKey.model_validate_json((folder / "key.json").read_text())


def test_there_are_three_samples_of_three_kinds_of_file() -> None:
    suffixes = {Path(_read(folder)[0].files[0]).suffix for folder in _FOLDERS}

    assert suffixes == {".png", ".jpg", ".pdf"}


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.name)
def test_a_sample_has_small_files_and_its_key(folder: Path) -> None:
    truth, key = _read(folder)

    assert all((folder / file).stat().st_size < 300_000 for file in truth.files)
    assert truth.key == key
    assert (folder / str(truth.truth.text)).read_text().startswith(key.title)


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.name)
def test_the_points_of_a_sample_follow_from_its_answers(folder: Path) -> None:
    truth, key = _read(folder)
    answers = {parse_address(name): text for name, text in truth.truth.answers.items()}

    earned = sum(
        question.points
        for section in key.sections
        for question in section.questions
        if is_same_answer(answers[section.label, question.number], question.answer)
    )

    assert earned == truth.truth.earned
    assert key.full_score == 100
    assert truth.truth.section_points == {
        section.label: sum(question.points for question in section.questions)
        for section in key.sections
    }


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.name)
def test_a_sample_has_something_to_diagnose(folder: Path) -> None:
    truth, key = _read(folder)
    questions = [question for section in key.sections for question in section.questions]

    assert 0 < (truth.truth.earned or 0) < key.full_score
    assert all(question.knowledge_points and question.difficulty for question in questions)


def test_the_samples_leave_an_answer_empty() -> None:
    answers = [text for folder in _FOLDERS for text in _read(folder)[0].truth.answers.values()]

    assert "" in answers


def test_the_manifest_lists_every_sample_relative_to_its_folder() -> None:
    manifest = ReadingManifest.model_validate_json((_SAMPLES / "manifest.json").read_text())

    assert {Path(paper.files[0]).parent.name for paper in manifest.papers} == {
        folder.name for folder in _FOLDERS
    }
    assert all((_SAMPLES / file).is_file() for paper in manifest.papers for file in paper.files)
