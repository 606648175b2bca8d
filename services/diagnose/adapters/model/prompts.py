"""Reads the files of the prompts."""

from functools import lru_cache
from importlib import resources
from string import Template


@lru_cache(maxsize=16)
def _template(name: str) -> Template:
    folder = resources.files("services.diagnose") / "prompts"
    return Template((folder / f"{name}.md").read_text(encoding="utf-8"))


def system_prompt(name: str, **values: str) -> str:
    """The text of prompt ``name`` with ``values`` put in. Raises KeyError when one is missing."""
    return _template(name).substitute(values)
