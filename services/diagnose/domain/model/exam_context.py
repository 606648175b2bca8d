"""Whose exam it is: this decides the language of advice, and what must not be sent out."""

from dataclasses import dataclass

from services.diagnose.domain.model.redaction import Redactor
from shared.contract.failures import Language
from shared.contract.reading import PaperMetadata


@dataclass(frozen=True, slots=True)
class ExamContext:
    """Facts of the submission. ``spent`` is what a model cost in earlier stages of this run."""

    exam_id: str = ""
    paper_id: str | None = None
    student_ref: str | None = None
    language: Language = Language.ZH
    spent: float = 0.0

    def redactor(self, printed: PaperMetadata | None = None) -> Redactor:
        """A redactor that knows the student by the reference and by the head of the paper."""
        reference = self.student_ref or ""
        is_name = not any(character.isdigit() for character in reference)
        names = [reference if is_name else None]
        numbers: list[str | None] = [None if is_name else reference, self.exam_id]
        if printed is not None:
            names.append(printed.student_name)
            numbers += [printed.student_number, printed.class_name]
        return Redactor.of(names, numbers)
