"""How people write numbers, labels and verdicts stands once, and says one thing of each sign."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contract.notation import look_alikes
from shared.contract.notation.labels import bare_label, ordinals_of, plain_label
from shared.contract.notation.numerals import (
    RINGED,
    chinese_integer,
    from_chinese,
    from_ringed,
    from_roman,
    loose_roman,
)
from shared.contract.notation.verdicts import FALSE_BY_KEY, PAIRS, TRUE_BY_KEY, UNMISTAKABLE

ROOT = Path(__file__).parents[3]
MODULES = [
    path
    for folder in ("shared/contract/notation", "services/parse", "services/ocr")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def keys_of(table: ast.Dict) -> Iterator[object]:
    """The constant keys of a dictionary, and those that it takes from ``dict.fromkeys``."""
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant):
            yield key.value
        elif key is None and isinstance(value, ast.Call) and value.args:
            keys = value.args[0]
            if isinstance(keys, ast.Tuple | ast.Set | ast.List):
                yield from (item.value for item in keys.elts if isinstance(item, ast.Constant))
            elif isinstance(keys, ast.Constant):
                yield from str(keys.value)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_table_has_a_key_twice(module: Path) -> None:
    tables = [
        node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Dict)
    ]
    twice = [key for table in tables for key, n in Counter(keys_of(table)).items() if n > 1]
    assert twice == []


def test_what_is_either_verdict_is_in_no_table_of_one() -> None:
    assert not set(look_alikes.EITHER_VERDICT) & set(look_alikes.VERDICTS)


def test_no_word_is_true_and_false() -> None:
    assert not TRUE_BY_KEY & FALSE_BY_KEY
    assert TRUE_BY_KEY | FALSE_BY_KEY >= UNMISTAKABLE
    assert all(yes.casefold() in TRUE_BY_KEY for yes, _ in PAIRS)
    assert all(no.casefold() in FALSE_BY_KEY for _, no in PAIRS)


def test_ringed_numbers_count_from_one() -> None:
    assert [from_ringed(sign) for sign in RINGED] == list(range(1, 51))
    assert [from_ringed(text) for text in ("", "①②", "1")] == [None, None, None]


def test_ordinals_are_read_more_strictly_than_quantities() -> None:
    assert (from_chinese("二十三"), chinese_integer("二十三")) == (23, 23)
    assert (from_chinese("二〇"), chinese_integer("二〇")) == (None, 20)
    assert (from_chinese("两"), chinese_integer("两")) == (None, 2)
    assert (from_roman("IIII"), loose_roman("iiii")) == (None, 4)


def test_words_go_from_around_a_label_or_from_anywhere_in_it() -> None:
    assert [plain_label(label) for label in ("第一部分", "Part Ⅱ", "③", "（一）")] == [
        "一", "II", "3", "一",
    ]  # fmt: skip
    assert (plain_label("A Part"), bare_label("A Part")) == ("APART", "a")


def test_a_letter_may_be_a_numeral() -> None:
    assert ordinals_of("i") == {1, 9}
    assert ordinals_of("二") == ordinals_of("2") == {2}
