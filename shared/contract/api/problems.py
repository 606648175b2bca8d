"""Problem documents: the body of every error."""

from shared.contract.model import Document


class FieldError(Document):
    """A field that is wrong: where it stands and the rule it breaks, never its value."""

    field: str
    rule: str


class ProblemDocument(Document):
    """What every error answers (RFC 9457). ``code`` is stable; texts follow Accept-Language."""

    type: str
    title: str
    status: int
    #: One of ProblemCode, or one that a newer gateway knows.
    code: str
    detail: str
    instance: str
    trace_id: str
    errors: tuple[FieldError, ...] | None = None
