"""The two kinds of failure, the codes of the first, and whom they are told to."""

from enum import StrEnum


class Language(StrEnum):
    """Languages that people are addressed in."""

    ZH = "zh"
    EN = "en"


class FailureCode(StrEnum):
    """Stable codes of what can be wrong with an upload, and of what ended an exam."""

    EMPTY_FILE = "empty_file"
    UNSUPPORTED_MEDIA = "unsupported_media"
    OFFICE_DOCUMENT = "office_document"
    BROKEN_IMAGE = "broken_image"
    BROKEN_PDF = "broken_pdf"
    ENCRYPTED_PDF = "encrypted_pdf"
    TOO_MANY_FILES = "too_many_files"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MUCH_TEXT = "too_much_text"
    FILE_TOO_LARGE = "file_too_large"
    NO_QUESTIONS_FOUND = "no_questions_found"
    NO_TEXT_FOUND = "no_text_found"
    NO_TOPIC_FOUND = "no_topic_found"
    NO_PRACTICE_ITEMS = "no_practice_items"
    UNREADABLE_PAGE = "unreadable_page"
    CRASHED_WORKER = "crashed_worker"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    RECEIVER_REFUSED = "receiver_refused"


class PermanentFailure(Exception):
    """The input is bad, and no retry mends that. The code says in which way.

    Everything else that a stage raises is transient and is retried.
    """

    def __init__(self, code: FailureCode, *, page: int | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.page = page
