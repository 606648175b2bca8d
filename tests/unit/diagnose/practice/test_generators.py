"""Every generated answer is what its stem asks for."""

import importlib
import re
from collections import Counter, defaultdict
from random import Random
from statistics import mean
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.practice.generators.catalogue import GENERATORS, Generator, make_item
from services.diagnose.domain.practice.generators.draft import Level, Setting
from services.diagnose.domain.practice.generators.effort import effort_of
from services.diagnose.domain.practice.generators.templates import Template, templates
from shared.contract.documents import KnowledgePoint
from shared.contract.questions import QuestionType
from tests.unit.diagnose.practice.template_answers import numbers_in, worked_out

POINT = KnowledgePoint(id="p", name="p", path=("p",))
TEMPLATES = templates()
FROM_FILES = {template.name for template in TEMPLATES}
WRITTEN = [generator for generator in GENERATORS if generator.name not in FROM_FILES]
LANGUAGES = ("zh", "en")
seeds = st.integers(0, 10**9).map(str)


def name_of(generator: Generator) -> str:
    return f"{generator.name}-{generator.level}"


@pytest.fixture(scope="module")
def work() -> ModuleType:
    """How answers are worked out; imported when it is wanted, because sympy takes its time."""
    return importlib.import_module("tests.unit.diagnose.practice.worked_answers")


@pytest.mark.parametrize("generator", WRITTEN, ids=name_of)
@given(language=st.sampled_from(LANGUAGES), seed=seeds)
@settings(max_examples=8)
def test_the_answer_is_what_the_stem_asks_for(
    work: ModuleType, generator: Generator, language: str, seed: str
) -> None:
    work.check_answer(make_item(generator, language, seed, POINT), generator.name)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_the_answer_of_a_template_follows_from_the_numbers_in_its_stem(template: Template) -> None:
    for seed in range(25):
        drafts = [template.draft(Setting(Random(seed), template.level, one)) for one in LANGUAGES]  # noqa: S311 -- repeatable
        zh, en = drafts
        told = zh.value
        assert told is not None
        assert float(worked_out(template.name, zh.stem)) == pytest.approx(float(told))
        assert (en.value, en.solution) == (zh.value, zh.solution)
        assert sorted(numbers_in(en.stem)) == sorted(numbers_in(zh.stem))


@given(generator=st.sampled_from(GENERATORS), place=st.integers(0, 3), seed=seeds)
@settings(max_examples=300)
def test_exactly_one_option_is_right(
    work: ModuleType, generator: Generator, place: int, seed: str
) -> None:
    item = make_item(generator, "zh", seed, POINT, place=place)
    if not item.options:
        assert item.type is not QuestionType.SINGLE_CHOICE
        return
    values = work.option_values(item)
    assert len(values) == 4
    assert len(set(values)) == 4
    assert [option.label for option in item.options] == list("ABCD")
    assert item.answer in "ABCD"


@pytest.mark.parametrize("generator", GENERATORS, ids=name_of)
def test_a_generator_has_two_languages_and_variety(generator: Generator) -> None:
    for language in LANGUAGES:
        items = [make_item(generator, language, str(n), POINT) for n in range(30)]
        assert len({item.stem for item in items}) >= 8
        assert all(item.solution for item in items)
        has_chinese = [bool(re.search(r"[\u4e00-\u9fff]", item.stem)) for item in items]
        assert set(has_chinese) == {language == "zh"}


def test_every_leaf_of_mathematics_has_five_structures_at_three_levels() -> None:
    points = shipped_taxonomy().points
    ids = {point.id for point in points if point.id.startswith("mathematics.")}
    leaves = {one for one in ids if not any(other.startswith(f"{one}.") for other in ids)}
    made = defaultdict(set)
    for generator in GENERATORS:
        made[generator.point_id].add((generator.name, generator.level))
    assert len(leaves) == 51
    assert leaves <= made.keys() <= ids
    for point_id, structures in made.items():
        assert len(structures) >= 5, point_id
        assert {level for _, level in structures} == set(Level), point_id


def test_the_levels_of_every_point_differ_in_the_work_that_they_are() -> None:
    measured = defaultdict(list)
    for generator in GENERATORS:
        efforts = [effort_of(make_item(generator, "zh", str(n), POINT)) for n in range(25)]
        measured[generator.point_id, generator.level].append(mean(efforts))
    for point_id in {generator.point_id for generator in GENERATORS}:
        easy, medium, hard = (mean(measured[point_id, level]) for level in Level)
        assert easy < medium < hard, point_id


def test_names_are_given_once() -> None:
    assert max(Counter(map(name_of, GENERATORS)).values()) == 1


def test_the_same_seed_gives_the_same_item() -> None:
    generator = GENERATORS[0]
    one, other = (make_item(generator, "zh", "7", POINT) for _ in range(2))
    assert one == other
