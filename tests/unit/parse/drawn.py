"""Draws page texts for tests: rows of text at places, as a reader would hand them on."""

from services.parse.domain.text.glyphs import advance
from shared.contract.reading import PageText, ReadPaper, RuledTable, TableCell, TextLine

EM = 20.0
#: A paper of two sections with all its answers.
CHOICE = """
七年级数学期中试卷
一、选择题（每小题3分，共6分）
1. 下列说法正确的是（ B ）
A. 甲 | B. 乙
C. 丙 | D. 丁
2. 下列图形中是轴对称图形的是（ C ）
A. 圆 B. 角 C. 线段 D. 点
二、判断题（每题2分，共4分）
1. 零是自然数。（ √ ）
2. 一是质数。（ × ）
"""


def line(text: str, x: float, y: float, *, confidence: float = 0.99, em: float = EM) -> TextLine:
    width = sum(advance(char) for char in text) * em
    return TextLine(text=text, bbox=(x, y, width, 1.2 * em), confidence=confidence)


def page(*lines: TextLine, number: int = 1, tables: tuple[RuledTable, ...] = ()) -> PageText:
    return PageText(page=number, width_px=1000, height_px=1400, lines=lines, tables=tables)


def column(texts: str, x: float = 80.0, y: float = 200.0, pitch: float = 40.0) -> list[TextLine]:
    """One line per row of ``texts``; " | " in a row starts another segment half a page on."""
    lines = []
    for position, row in enumerate(texts.strip().split("\n")):
        for part, text in enumerate(row.strip().split(" | ")):
            lines.append(line(text.strip(), x + part * 400, y + position * pitch))
    return lines


def sheet(texts: str, number: int = 1) -> PageText:
    return page(*column(texts), number=number)


def table(
    rows: list[list[str]], x: float = 80.0, y: float = 300.0, confidence: float = 0.98
) -> RuledTable:
    width, height = 70.0, 40.0
    cells = tuple(
        TableCell(
            row=r,
            column=c,
            bbox=(x + c * width, y + r * height, width, height),
            text=text,
            confidence=confidence,
            ink=0.05 if text else 0.0,
        )
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    )
    box = (x, y, width * len(rows[0]), height * len(rows))
    return RuledTable(bbox=box, rows=len(rows), columns=len(rows[0]), cells=cells)


def answers(paper: ReadPaper) -> dict[str, str | None]:
    return {
        f"{question.section}.{question.number}".lstrip("."): (
            question.answer.text if question.answer else None
        )
        for question in paper.questions
    }
