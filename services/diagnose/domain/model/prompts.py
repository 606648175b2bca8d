"""The prompts that a model is asked with; each name carries a version, which results repeat."""

from shared.contract.failures import Language

TAGGING = "tagging.v1"
GRADING = "grading.v1"
ERROR_CAUSE = "error_cause.v1"
SUMMARY = "summary.v1"
RECOMMENDATIONS = "recommendations.v1"

_LANGUAGES = {Language.ZH: "Chinese", Language.EN: "English"}


def language_name(language: Language) -> str:
    """The name by which prompts call a language."""
    return _LANGUAGES[language]
