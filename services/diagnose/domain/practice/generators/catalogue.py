"""All generators with the knowledge points they practise, and how a draft becomes an item."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from services.diagnose.domain.practice.generators import (
    arithmetic_items,
    equation_items,
    fraction_items,
    function_items,
    geometry_items,
    statistics_items,
)
from services.diagnose.domain.practice.generators.draft import (
    LEVEL_DIFFICULTY,
    Draft,
    Level,
    Setting,
)
from services.diagnose.domain.practice.generators.templates import templates
from services.diagnose.domain.practice.grades import first_year
from shared.contract.documents import KnowledgePoint
from shared.contract.practice import PracticeItem
from shared.contract.questions import Option, QuestionType

_OPTIONS = 4
#: The share of items that offer options, of those that can.
_CHOICE_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Generator:
    """Makes items of one knowledge point at one level, all of one structure.

    ``point_id`` is of the mathematics taxonomy, ``from_year`` the school year that can do them.
    """

    name: str
    point_id: str
    level: Level
    from_year: int
    draft: Callable[[Setting], Draft]


def _written() -> Iterator[Generator]:
    """Generators that are programs: each writes another structure at each level."""
    places: dict[str, Callable[[Setting], Draft]] = {
        "number.integers.mixed-operations": arithmetic_items.mixed_operations,
        "number.integers.multiplication-division": arithmetic_items.multiplication_division,
        "number.decimals": arithmetic_items.decimals,
        "number.rational-numbers": arithmetic_items.signed_numbers,
        "number.percentages": arithmetic_items.percentages,
        "number.factors-multiples": arithmetic_items.factors_multiples,
        "number.fractions": fraction_items.fraction_operations,
        "number.ratio-proportion": fraction_items.ratio_proportion,
        "algebra.linear-equations": equation_items.linear_equation,
        "algebra.simultaneous-equations": equation_items.simultaneous_equations,
        "algebra.quadratic-equations": equation_items.quadratic_equation,
        "algebra.factorisation": equation_items.factorisation,
        "algebra.inequalities": equation_items.linear_inequality,
        "functions.linear-functions": function_items.linear_function,
        "functions.inverse-proportion": function_items.inverse_proportion,
        "functions.quadratic-functions": function_items.quadratic_function,
        "functions.sequences": function_items.sequences,
        "functions.derivatives": function_items.derivatives,
        "geometry.lines-angles": geometry_items.angles,
        "geometry.triangles": geometry_items.right_triangles,
        "geometry.perimeter-area": geometry_items.perimeter_area,
        "geometry.circles": geometry_items.circles,
        "geometry.solids": geometry_items.solids,
        "statistics.data": statistics_items.data,
        "statistics.probability": statistics_items.probability,
        "statistics.counting": statistics_items.counting,
    }
    for place, draft in places.items():
        point_id = f"mathematics.{place}"
        for level in Level:
            year = max(first_year(point_id), _LATER.get((place, level), 1))
            yield Generator(draft.__name__.replace("_", "-"), point_id, level, year, draft)


#: Structures that come later than their point.
_LATER = {
    ("geometry.lines-angles", Level.EASY): 4,
    ("geometry.lines-angles", Level.MEDIUM): 7,
    ("geometry.lines-angles", Level.HARD): 8,
    **{("geometry.triangles", level): 8 for level in Level},
    ("geometry.circles", Level.HARD): 9,
    ("statistics.data", Level.HARD): 8,
    ("statistics.probability", Level.MEDIUM): 9,
    ("statistics.probability", Level.HARD): 9,
}


def _from_templates() -> Iterator[Generator]:
    for one in templates():
        year = max(first_year(one.point_id), one.from_year)
        yield Generator(one.name, one.point_id, one.level, year, one.draft)


GENERATORS: tuple[Generator, ...] = (*_written(), *_from_templates())


def make_item(
    generator: Generator,
    language: str,
    seed: str,
    point: KnowledgePoint,
    *,
    place: int | None = None,
) -> PracticeItem:
    """The item of ``seed``: always the same for the same arguments.

    ``place`` (0..3) is the option that shall be right, if the item offers options; None leaves it
    to chance.
    """
    key = f"{generator.name}:{generator.level}:{seed}"
    rng = Random(key)  # noqa: S311 -- chance that repeats is what is wanted
    draft = generator.draft(Setting(rng, generator.level, language))
    options = _options(draft, rng, place) if rng.random() < _CHOICE_SHARE else ()
    answer = draft.answer
    kind = QuestionType.SHORT_ANSWER if draft.value is None else QuestionType.FILL_IN
    if options:
        kind = QuestionType.SINGLE_CHOICE
        answer = next(option.label for option in options if option.text == draft.answer)
    return PracticeItem(
        type=kind,
        stem=draft.stem,
        options=options,
        answer=answer,
        solution=draft.solution,
        knowledge_points=(point,),
        difficulty=LEVEL_DIFFICULTY[generator.level],
        source=f"generator:{generator.name}",
    )


def _options(draft: Draft, rng: Random, place: int | None) -> tuple[Option, ...]:
    """The answer among results of usual mistakes, in order; none for other answers.

    The mistakes are chosen so that the answer comes to ``place`` where their sizes allow it.
    """
    if draft.value is None:
        return ()
    wrong: list[Fraction] = []
    # Where two mistakes lead to one result, neighbours of the answer fill the places.
    unit = Fraction(1, draft.value.denominator)
    neighbours = (draft.value + sign * size * unit for size in range(1, 9) for sign in (1, -1))
    is_positive = draft.value > 0 and all(value > 0 for value in draft.wrong)
    for value in (*draft.wrong, *neighbours):
        is_new = value != draft.value and value not in wrong
        if is_new and (value > 0 or not is_positive) and _is_writable(draft, value):
            wrong.append(value)
    is_descending = rng.random() < 0.5
    if len(wrong) < _OPTIONS - 1:
        return ()
    smaller = [value for value in wrong if value < draft.value]
    greater = [value for value in wrong if value > draft.value]
    before, after = (greater, smaller) if is_descending else (smaller, greater)
    if place is None:
        place = sum(value in before for value in wrong[: _OPTIONS - 1])
    # Where there are too few mistakes on one side, the answer comes as near as it can.
    first = min(place, len(before))
    first = max(first, _OPTIONS - 1 - len(after))
    chosen = sorted([draft.value, *before[:first], *after[: _OPTIONS - 1 - first]])
    if is_descending:
        chosen.reverse()
    return tuple(
        Option(label="ABCD"[place], text=f"${draft.write(value)}$")
        for place, value in enumerate(chosen)
    )


def _is_writable(draft: Draft, value: Fraction) -> bool:
    try:
        draft.write(value)
    except ValueError:
        return False
    return True
