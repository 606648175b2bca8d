"""Every problem that the gateway can answer with: status, title, and what to do about it."""

from dataclasses import dataclass
from http import HTTPStatus

from shared.contract.advice import ADVICE
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.failures import FailureCode
from shared.contract.wording import Wording, wordings


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem. Texts are fixed, so that no answer ever repeats what was sent."""

    status: HTTPStatus
    title: Wording
    detail: Wording


_STATUS: dict[ProblemCode, int] = {
    ProblemCode.BAD_REQUEST: 400,
    ProblemCode.MALFORMED_FORM: 400,
    ProblemCode.INVALID_CURSOR: 400,
    ProblemCode.INVALID_IDEMPOTENCY_KEY: 400,
    ProblemCode.UNAUTHENTICATED: 401,
    ProblemCode.MISSING_SCOPE: 403,
    ProblemCode.FORGED_REQUEST: 403,
    ProblemCode.NOT_FOUND: 404,
    ProblemCode.METHOD_NOT_ALLOWED: 405,
    ProblemCode.REQUEST_TIMEOUT: 408,
    ProblemCode.CONFLICT: 409,
    ProblemCode.IDEMPOTENCY_IN_PROGRESS: 409,
    ProblemCode.NOT_FINISHED: 409,
    ProblemCode.PRACTICE_NOT_READY: 409,
    ProblemCode.PRACTICE_FAILED: 409,
    ProblemCode.PRACTICE_CANCELLED: 409,
    ProblemCode.EXAM_ENDED: 409,
    ProblemCode.EXAM_IS_DUPLICATE: 409,
    ProblemCode.NOT_CORRECTABLE: 409,
    ProblemCode.NOT_RETRYABLE: 409,
    ProblemCode.ERASED: 409,
    ProblemCode.STAGE_NOT_REACHED: 409,
    ProblemCode.DEAD_LETTER_RESOLVED: 409,
    ProblemCode.PRECONDITION_FAILED: 412,
    ProblemCode.PRECONDITION_REQUIRED: 428,
    ProblemCode.BODY_TOO_LARGE: 413,
    ProblemCode.UNSUPPORTED_CONTENT_TYPE: 415,
    ProblemCode.UNSUPPORTED_BATCH: 415,
    ProblemCode.RANGE_NOT_SATISFIABLE: 416,
    ProblemCode.INVALID_REQUEST: 422,
    ProblemCode.IDEMPOTENCY_MISMATCH: 422,
    ProblemCode.DUPLICATE_QUESTIONS: 422,
    ProblemCode.TOO_MANY_QUESTIONS: 422,
    ProblemCode.UNKNOWN_PAPER: 409,
    ProblemCode.MISSING_FILES: 422,
    ProblemCode.BROKEN_ARCHIVE: 422,
    ProblemCode.ENCRYPTED_ARCHIVE: 422,
    ProblemCode.EMPTY_ARCHIVE: 422,
    ProblemCode.ARCHIVE_TOO_LARGE: 413,
    ProblemCode.TOO_MANY_STUDENTS: 422,
    ProblemCode.PAGES_DO_NOT_DIVIDE: 422,
    ProblemCode.ROSTER_MISMATCH: 422,
    ProblemCode.RATE_LIMITED: 429,
    ProblemCode.INTERNAL: 500,
    ProblemCode.UNAVAILABLE: 503,
    ProblemCode.OVERLOADED: 503,
}
#: Failures that the gateway finds itself; their advice is the contract's.
_UPLOAD_STATUS: dict[FailureCode, int] = {
    FailureCode.EMPTY_FILE: 422,
    FailureCode.UNSUPPORTED_MEDIA: 415,
    FailureCode.OFFICE_DOCUMENT: 415,
    FailureCode.TOO_MANY_FILES: 422,
    FailureCode.FILE_TOO_LARGE: 413,
    FailureCode.BROKEN_PDF: 422,
    FailureCode.ENCRYPTED_PDF: 422,
}
_CATALOGUES = "services.gateway.templates"
_TITLES, _DETAILS = (
    wordings(_CATALOGUES, "problem_titles"),
    wordings(_CATALOGUES, "problem_details"),
)

KINDS: dict[ProblemCode, ProblemKind] = {
    **{
        code: ProblemKind(HTTPStatus(status), _TITLES[code], _DETAILS[code])
        for code, status in _STATUS.items()
    },
    **{
        ProblemCode(code): ProblemKind(HTTPStatus(status), _TITLES[code], ADVICE[code])
        for code, status in _UPLOAD_STATUS.items()
    },
}

#: Which kind stands for a bare HTTP status, as frameworks raise them.
KIND_OF_STATUS: dict[int, ProblemCode] = {
    400: ProblemCode.BAD_REQUEST,
    401: ProblemCode.UNAUTHENTICATED,
    403: ProblemCode.MISSING_SCOPE,
    404: ProblemCode.NOT_FOUND,
    405: ProblemCode.METHOD_NOT_ALLOWED,
    408: ProblemCode.REQUEST_TIMEOUT,
    409: ProblemCode.CONFLICT,
    412: ProblemCode.PRECONDITION_FAILED,
    413: ProblemCode.BODY_TOO_LARGE,
    415: ProblemCode.UNSUPPORTED_CONTENT_TYPE,
    416: ProblemCode.RANGE_NOT_SATISFIABLE,
    422: ProblemCode.INVALID_REQUEST,
    428: ProblemCode.PRECONDITION_REQUIRED,
    429: ProblemCode.RATE_LIMITED,
    503: ProblemCode.UNAVAILABLE,
}
