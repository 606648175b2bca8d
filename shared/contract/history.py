"""What earlier papers said of a student."""

from datetime import datetime

from shared.contract.documents import Mastery
from shared.contract.model import Document


class PastDiagnosis(Document):
    """The mastery that one exam showed; ``at`` is when it was submitted."""

    exam_id: str
    at: datetime
    mastery: tuple[Mastery, ...]
