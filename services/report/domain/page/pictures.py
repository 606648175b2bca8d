"""What is cut out of the stored pages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pictures:
    """JPEG bytes: whole pages by page number, pieces by file name; PNG of questions by ordinal."""

    pages: dict[int, bytes]
    crops: dict[str, bytes]
    questions: dict[int, bytes]
