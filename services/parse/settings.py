"""Settings of the parse worker."""

from pydantic import Field

from shared.settings import ServiceSettings


class ParseSettings(ServiceSettings):
    """Fields that only the parse worker has."""

    #: Answers read with less confidence are counted in the warning ``answers_to_review``. Should
    #: equal the confidence at which the diagnose worker lets an answer decide.
    review_threshold: float = Field(default=0.8, ge=0.5, le=1.0)
