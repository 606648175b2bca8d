"""Every word of a report that does not come from the exam, in Chinese and English."""

from shared.contract.failures import Language
from shared.contract.wording import Wording, wordings

CATALOGUES = "services.report.templates"
LABELS: dict[str, Wording] = wordings(CATALOGUES, "labels")


def words(language: Language) -> dict[str, str]:
    """All labels in ``language`` by their name, as templates read them."""
    return {name: label.in_language(language) for name, label in LABELS.items()}
