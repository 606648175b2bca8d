"""Bubble sheet templates from JSON, in the format of the OMRChecker project.

`pageDimensions` [width, height] is the sheet between its four corner marks, `bubbleDimensions` the
size of a bubble. `fieldBlocks` are grids: `origin` is the top left corner of the first bubble,
`fieldLabels` the fields (`q1..4` counts), `bubbleValues` what the bubbles stand for (or `fieldType`
names a usual set), `bubblesGap` and `labelsGap` the steps between bubbles and between fields, and
`direction` how the bubbles of one field run.
"""

import json
from typing import Any

from services.ocr.domain.bubbles.bubble_sheet import Bubble, BubbleField, BubbleTemplate
from shared.contract.bubble_template import COUNTED, FIELD_TYPES


def parse_template(text: str) -> BubbleTemplate:
    """The template in ``text``. Raises ValueError when it is not of the format."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not a bubble sheet template: {error!r}") from error
    return template_of(data)


def template_of(data: Any) -> BubbleTemplate:
    """The template that parsed JSON describes. Raises ValueError when it is not of the format."""
    try:
        width, height = (float(v) for v in data["pageDimensions"])
        bubble = tuple(float(v) for v in data["bubbleDimensions"])
        fields = tuple(
            field
            for name, block in data["fieldBlocks"].items()
            for field in _fields(name, block, (bubble[0], bubble[1]))
        )
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"not a bubble sheet template: {error!r}") from error
    return BubbleTemplate((width, height), (bubble[0], bubble[1]), fields)


def _fields(name: str, block: dict[str, Any], size: tuple[float, float]) -> list[BubbleField]:
    values, direction = FIELD_TYPES.get(block.get("fieldType", ""), ("", "horizontal"))
    values = block.get("bubbleValues", values)
    is_vertical = block.get("direction", direction) == "vertical"
    x, y = (float(v) for v in block["origin"])
    bubble_step, label_step = float(block["bubblesGap"]), float(block["labelsGap"])
    fields = []
    for number, label in enumerate(_labels(block["fieldLabels"])):
        bubbles = []
        for place, value in enumerate(values):
            along, across = place * bubble_step, number * label_step
            dx, dy = (across, along) if is_vertical else (along, across)
            bubbles.append(Bubble(str(value), (x + dx + size[0] / 2, y + dy + size[1] / 2)))
        fields.append(BubbleField(label, name, tuple(bubbles)))
    return fields


def _labels(labels: list[str]) -> list[str]:
    """Labels with ranges such as ``q1..4`` written out."""
    written = []
    for label in labels:
        match = COUNTED.fullmatch(label)
        if match is None:
            written.append(label)
        else:
            numbers = range(int(match["first"]), int(match["last"]) + 1)
            written += [f"{match['stem']}{number}" for number in numbers]
    return written
