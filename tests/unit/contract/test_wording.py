"""Catalogues of sentences: both languages say the same things, with the same places to fill."""

import re
import tomllib
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest

from shared.contract.failures import Language
from shared.contract.wording import Wording, wordings

PACKAGES = ("shared.contract", "services.gateway.templates", "services.report.templates")


def tables(package: str) -> list[str]:
    file = resources.files(package).joinpath("catalogues", "en.toml")
    return list(tomllib.loads(file.read_text(encoding="utf-8")))


def sentences() -> list[tuple[str, str, Wording]]:
    return [
        (table, name, wording)
        for package in PACKAGES
        for table in tables(package)
        for name, wording in wordings(package, table).items()
    ]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("table", "name", "wording"), sentences())
def test_a_sentence_is_there_in_both_languages_with_the_same_places_to_fill(
    table: str, name: str, wording: Wording
) -> None:
    assert wording.zh
    assert wording.en
    assert not re.search(r"[\u4e00-\u9fff]", wording.in_language(Language.EN)), (table, name)
    # Braces of problems and advice would be text: only reports fill in values.
    assert places(wording.zh) == places(wording.en), (table, name)


def test_what_only_one_language_says_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "halfsaid" / "catalogues").mkdir(parents=True)
    (tmp_path / "halfsaid" / "__init__.py").write_text("")
    folder = tmp_path / "halfsaid" / "catalogues"
    (folder / "zh.toml").write_text('[labels]\na = "甲"\n')
    (folder / "en.toml").write_text('[labels]\na = "A"\nb = "B"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ValueError, match="'b'"):
        wordings("halfsaid", "labels")
