"""What is true of a drawn paper, in the form that ``examlens evaluate reading`` takes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from paper import PLACE, AnswerPlace, Item, Paper, Section
from student import Mark
from typeset import Place, Sheets

from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.questions import QuestionType


def answer_key(paper: Paper) -> AnswerKey:
    """The key that a teacher would submit with ``paper``."""
    return AnswerKey(
        title=paper.title,
        subject=paper.subject,
        grade=paper.grade,
        sections=tuple(
            KeySection(
                label=section.label,
                title=section.title,
                questions=tuple(_key_question(item) for item in section.items),
            )
            for section in paper.sections
        ),
    )


def _key_question(item: Item) -> KeyQuestion:
    return KeyQuestion(
        number=item.number,
        type=item.type,
        answer=item.answer,
        points=item.points,
        knowledge_points=item.knowledge_points,
        difficulty=item.difficulty,
        stem=item.stem.replace(PLACE, "＿＿") if item.knowledge_points else None,
    )


def entry(
    paper: Paper, files: Sequence[str], text_file: str, *, has_key: bool = True
) -> dict[str, Any]:
    """One member of a manifest's ``papers``; without key and marks nobody knows the total."""
    key = answer_key(paper).model_dump(mode="json", exclude_none=True) if has_key else None
    truth = {
        "answers": {a: item.response.text for a, _, item in paper.addressed()},
        "section_points": {s.label: s.points for s in paper.sections if s.label},
        "text": text_file,
    }
    if has_key or paper.is_marked:
        truth["earned"] = paper.earned
    return {
        "files": list(files),
        "key": key,
        "subject": paper.subject,
        "grade": paper.grade,
        "truth": truth,
    }


def details(paper: Paper, sheets: Sheets, marks: Sequence[Mark]) -> dict[str, Any]:
    """Truth beyond the manifest's: layout, boxes on the undegraded pages, pen marks."""
    return {
        "layout": paper.layout.name,
        "full_score": paper.points,
        "title": paper.title,
        "head": dict(paper.head),
        "pages": len(sheets.pages),
        "questions": [
            {
                "address": address,
                "type": item.type,
                "stem": item.stem,
                "options": list(item.options),
                "points": item.points,
                "place": section.place,
                "manner": item.response.manner,
                "first": item.response.first,
                "answer_box": _box(sheets.places, f"answer:{address}"),
                "start": _box(sheets.places, f"start:{address}"),
                "figure": _box(sheets.places, f"figure:{address}"),
                "end": _box(sheets.places, f"end:{address}"),
            }
            for address, section, item in paper.addressed()
        ],
        "marks": [
            {
                "kind": m.kind,
                "page": m.page,
                "box": _rounded(m.box),
                "text": m.text,
                "address": m.address,
            }
            for m in marks
        ],
    }


def _box(places: Mapping[str, Place], name: str) -> dict[str, Any] | None:
    place = places.get(name)
    return {"page": place.page, "box": _rounded(place.box)} if place else None


def _rounded(box: Sequence[float]) -> list[float]:
    return [round(float(value), 1) for value in box]


def printed_text(paper: Paper) -> str:
    """The printed text, one line per printed paragraph, in reading order.

    Formulas stay between dollar signs and answer places are underscores, because neither counts
    in the character error.
    """
    lines = [paper.title, paper.subtitle, *paper.notice]
    for section in paper.sections:
        lines += [section.heading, *section.note.split("\n")]
        for item in section.items:
            lines.append(item.material)
            lines.append(_lead(paper, section) + _stem_text(paper, item))
            lines += [
                paper.layout.option_style.format(letter) + option
                for letter, option in zip("ABCDEFGH", item.options, strict=False)
            ]
    return "\n".join(line for line in lines if line) + "\n"


def _lead(paper: Paper, section: Section) -> str:
    """The answer bracket before a question's number, where there is one."""
    if section.place is not AnswerPlace.FRONT:
        return ""
    return "（__）" if paper.layout.is_fullwidth else "( __ ) "


def _stem_text(paper: Paper, item: Item) -> str:
    is_blank = item.type in {QuestionType.FILL_IN, QuestionType.SHORT_ANSWER}
    number = paper.layout.printed_lead(item)
    return number + re.sub(PLACE, "____" if is_blank else "__", item.stem)
