"""Sentences that people read, kept in catalogue files: one for each language."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from shared.contract.failures import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """One sentence in both languages; ``{name}`` marks a value to be filled in."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """The sentence in ``language``."""
        return self.zh if language is Language.ZH else self.en


@cache
def wordings(package: str, table: str) -> dict[str, Wording]:
    """The sentences of ``table`` by name, from the files in ``catalogues`` of ``package``.

    Raises ValueError that names what only one of the languages has, and KeyError for a table
    that a catalogue lacks.
    """
    folder = resources.files(package).joinpath("catalogues")
    zh, en = (
        tomllib.loads(folder.joinpath(f"{language.value}.toml").read_text(encoding="utf-8"))[table]
        for language in (Language.ZH, Language.EN)
    )
    if zh.keys() != en.keys():
        raise ValueError(f"{package}: {table}: {sorted(zh.keys() ^ en.keys())} in one language")
    return {name: Wording(zh=zh[name], en=en[name]) for name in zh}
