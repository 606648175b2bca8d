"""The answer that one cell of an answer table holds."""

from services.parse.domain.answers.answer_text import calibrated, interpret
from services.parse.domain.answers.confidence import EMPTY_PLACE, UNREAD_INK, answer_confidence
from services.parse.domain.answers.sign_choice import choose_among
from services.parse.domain.pages.answer_tables import TableAnswer
from shared.contract.questions import Evidence, EvidenceKind, QuestionType
from shared.contract.reading import ReadAnswer


def cell_answer(found: TableAnswer, kind: QuestionType, labels: str, signs: str = "") -> ReadAnswer:
    """What a cell says as an answer to a question of this type; ``signs`` are possible ones."""
    cell = found.cell
    meaning = interpret(cell.text, kind, labels, is_written=bool(cell.likely))
    chosen = choose_among(cell.likely, signs)
    known = None if chosen is None else interpret(chosen.text, kind, labels)
    claims: tuple[str, ...]
    if chosen is not None and known is not None:
        text, confidence = known.text, answer_confidence(chosen.confidence, known.plausibility)
        claims = known.claims
    elif meaning is not None:
        recogniser = calibrated(cell.confidence, meaning)
        text, confidence = meaning.text, answer_confidence(recogniser, meaning.plausibility)
        claims = meaning.claims
    elif cell.text.strip():
        # Something was read that no such question is answered with: kept for the reviewer.
        text, confidence = cell.text.strip(), UNREAD_INK * cell.confidence
        claims = (text,)
    else:
        text, confidence = "", UNREAD_INK if cell.has_ink else EMPTY_PLACE * cell.confidence
        claims = (text,)
    evidence = tuple(
        Evidence(
            kind=EvidenceKind.ANSWER,
            page=found.page,
            bbox=cell.bbox,
            text=claim,
            confidence=confidence,
        )
        for claim in claims
    )
    return ReadAnswer(text=text, confidence=confidence, evidence=evidence)
