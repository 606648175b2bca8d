"""The codes of problems, which are stable and meant for programs."""

from enum import StrEnum

from shared.contract.failures import FailureCode


class ProblemCode(StrEnum):
    """Why a request was not served. The gateway's table of kinds tells people what to do."""

    BAD_REQUEST = "bad_request"
    MALFORMED_FORM = "malformed_form"
    INVALID_CURSOR = "invalid_cursor"
    INVALID_IDEMPOTENCY_KEY = "invalid_idempotency_key"
    UNAUTHENTICATED = "unauthenticated"
    MISSING_SCOPE = "missing_scope"
    FORGED_REQUEST = "forged_request"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    REQUEST_TIMEOUT = "request_timeout"
    CONFLICT = "conflict"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    NOT_FINISHED = "not_finished"
    PRACTICE_NOT_READY = "practice_not_ready"
    PRACTICE_FAILED = "practice_failed"
    PRACTICE_CANCELLED = "practice_cancelled"
    EXAM_ENDED = "exam_ended"
    EXAM_IS_DUPLICATE = "exam_is_duplicate"
    NOT_CORRECTABLE = "not_correctable"
    NOT_RETRYABLE = "not_retryable"
    ERASED = "erased"
    STAGE_NOT_REACHED = "stage_not_reached"
    DEAD_LETTER_RESOLVED = "dead_letter_resolved"
    PRECONDITION_FAILED = "precondition_failed"
    PRECONDITION_REQUIRED = "precondition_required"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_CONTENT_TYPE = "unsupported_content_type"
    UNSUPPORTED_BATCH = "unsupported_batch"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    INVALID_REQUEST = "invalid_request"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    DUPLICATE_QUESTIONS = "duplicate_questions"
    TOO_MANY_QUESTIONS = "too_many_questions"
    UNKNOWN_PAPER = "unknown_paper"
    MISSING_FILES = "missing_files"
    BROKEN_ARCHIVE = "broken_archive"
    ENCRYPTED_ARCHIVE = "encrypted_archive"
    EMPTY_ARCHIVE = "empty_archive"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    TOO_MANY_STUDENTS = "too_many_students"
    PAGES_DO_NOT_DIVIDE = "pages_do_not_divide"
    ROSTER_MISMATCH = "roster_mismatch"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    OVERLOADED = "overloaded"
    # Found in a file while it arrives: the codes that also end an exam.
    EMPTY_FILE = FailureCode.EMPTY_FILE.value
    UNSUPPORTED_MEDIA = FailureCode.UNSUPPORTED_MEDIA.value
    OFFICE_DOCUMENT = FailureCode.OFFICE_DOCUMENT.value
    TOO_MANY_FILES = FailureCode.TOO_MANY_FILES.value
    FILE_TOO_LARGE = FailureCode.FILE_TOO_LARGE.value
    BROKEN_PDF = FailureCode.BROKEN_PDF.value
    ENCRYPTED_PDF = FailureCode.ENCRYPTED_PDF.value
