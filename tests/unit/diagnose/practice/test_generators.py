"""Every generated answer is what its stem asks for."""

import importlib
import re
from itertools import product
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.practice.generators.catalogue import GENERATORS, Generator, make_item
from services.diagnose.domain.practice.generators.draft import Level
from shared.contract.documents import KnowledgePoint
from shared.contract.questions import QuestionType

POINT = KnowledgePoint(id="p", name="p", path=("p",))
BY_NAME = {generator.name: generator for generator in GENERATORS}
levels = st.sampled_from(Level)
languages = st.sampled_from(("zh", "en"))
seeds = st.integers(0, 10**9).map(str)


@pytest.fixture(scope="module")
def work() -> ModuleType:
    """How answers are worked out; imported when it is wanted, because sympy takes its time."""
    return importlib.import_module("tests.unit.diagnose.practice.worked_answers")


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.name)
@given(level=levels, language=languages, seed=seeds)
@settings(max_examples=20)
def test_the_answer_is_what_the_stem_asks_for(
    work: ModuleType, generator: Generator, level: Level, language: str, seed: str
) -> None:
    work.check_answer(make_item(generator, level, language, seed, POINT), generator.name)


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.name)
@given(level=levels, language=languages, seed=seeds)
@settings(max_examples=15)
def test_exactly_one_option_is_right(
    work: ModuleType, generator: Generator, level: Level, language: str, seed: str
) -> None:
    item = make_item(generator, level, language, seed, POINT)
    if not item.options:
        assert item.type is not QuestionType.SINGLE_CHOICE
        return
    values = work.option_values(item)
    assert len(values) == 4
    assert len(set(values)) == 4
    assert [option.label for option in item.options] == list("ABCD")
    assert item.answer in "ABCD"


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.name)
def test_a_generator_has_three_levels_two_languages_and_variety(generator: Generator) -> None:
    for level, language in product(Level, ("zh", "en")):
        items = [make_item(generator, level, language, str(n), POINT) for n in range(30)]
        assert len({item.stem for item in items}) >= 8
        assert all(item.solution for item in items)
        has_chinese = [bool(re.search(r"[\u4e00-\u9fff]", item.stem)) for item in items]
        assert set(has_chinese) == {language == "zh"}


def test_the_same_seed_gives_the_same_item() -> None:
    generator = BY_NAME["linear-equation"]
    one, other = (make_item(generator, Level.HARD, "zh", "7", POINT) for _ in range(2))
    assert one == other


def test_every_point_is_of_the_shipped_taxonomy() -> None:
    known = {point.id for point in shipped_taxonomy().points}
    assert {generator.point_id for generator in GENERATORS} <= known


def test_six_fields_of_mathematics_are_covered() -> None:
    modules = {generator.draft.__module__.rsplit(".", 1)[1] for generator in GENERATORS}
    assert modules == {
        "arithmetic_items",
        "fraction_items",
        "equation_items",
        "function_items",
        "geometry_items",
        "statistics_items",
    }
