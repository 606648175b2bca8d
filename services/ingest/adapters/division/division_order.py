"""What the process that divides is told. The worker imports this, and so not qpdf."""

from shared.contract.batches import BatchLimits
from shared.contract.model import Document


class DivisionOrder(Document):
    """What is to be divided how; the parts are written into ``folder``."""

    source: str
    folder: str
    is_pdf: bool
    pages_per_student: int | None
    limits: BatchLimits
