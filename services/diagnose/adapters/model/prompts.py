"""Prompts: files with a version, so that a result can say which words led to it."""

from functools import lru_cache
from importlib import resources
from string import Template

TAGGING = "tagging.v1"
GRADING = "grading.v1"
ERROR_CAUSE = "error_cause.v1"
SUMMARY = "summary.v1"
RECOMMENDATIONS = "recommendations.v1"


@lru_cache(maxsize=16)
def _template(name: str) -> Template:
    folder = resources.files("services.diagnose") / "prompts"
    return Template((folder / f"{name}.md").read_text(encoding="utf-8"))


def system_prompt(name: str, **values: str) -> str:
    """The text of ``name`` with ``values`` put in; KeyError when one is missing."""
    return _template(name).substitute(values)
