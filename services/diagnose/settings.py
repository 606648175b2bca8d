"""Settings of the diagnose worker."""

from typing import Literal

from pydantic import Field

from shared.settings import ServiceSettings


class DiagnoseSettings(ServiceSettings):
    """Fields that only the diagnose worker has."""

    #: The least confidence at which an answer or a mark decides; below it a person has to look.
    verdict_confidence: float = Field(default=0.8, ge=0.5, le=1.0)
    #: What a multiple choice answer earns that names only right options, but not all of them.
    missed_options: Literal["half", "none", "proportional"] = "half"
    #: Wrong letters forgiven in a word of at least five letters.
    spelling_edits: int = Field(default=0, ge=0, le=2)
