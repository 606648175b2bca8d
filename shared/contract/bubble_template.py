"""The shape of a bubble sheet's template, in the JSON of the OMRChecker project."""

import math
import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    JsonValue,
    TypeAdapter,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shared.contract.model import DescribedBy, Document, Text

#: Labels that count, such as ``q1..20``.
COUNTED = re.compile(r"(?P<stem>.*?)(?P<first>\d{1,4})\.{2,3}(?P<last>\d{1,4})")
#: More bubbles than this are on no sheet.
MAX_BUBBLES = 5000
#: Values and direction of the named types.
FIELD_TYPES: dict[str, tuple[str, str]] = {
    "QTYPE_INT": ("0123456789", "vertical"),
    "QTYPE_INT_FROM_1": ("1234567890", "vertical"),
    "QTYPE_MCQ4": ("ABCD", "horizontal"),
    "QTYPE_MCQ5": ("ABCDE", "horizontal"),
}

_Length = Annotated[float, Field(gt=0, le=20_000)]
_Place = Annotated[float, Field(ge=-20_000, le=20_000)]
_Label = Annotated[Text, Field(min_length=1, max_length=40)]


class BubbleBlock(Document):
    """A grid of bubbles. Either ``fieldType`` or ``bubbleValues`` says what they stand for."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"bubbleValues": {"maxItems": 0}}},
            "then": {
                "required": ["fieldType"],
                "properties": {"fieldType": {"enum": [*sorted(FIELD_TYPES)]}},
            },
        }
    )

    origin: tuple[_Place, _Place]
    labels: tuple[_Label, ...] = Field(alias="fieldLabels", min_length=1, max_length=200)
    bubbles_gap: _Place = Field(alias="bubblesGap")
    labels_gap: _Place = Field(alias="labelsGap")
    kind: str = Field(default="", alias="fieldType", max_length=40)
    values: tuple[_Label, ...] = Field(default=(), alias="bubbleValues", max_length=50)
    direction: Literal["horizontal", "vertical", ""] = ""

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if not self.values and self.kind not in FIELD_TYPES:
            message = "a block of bubbles needs bubbleValues or a known fieldType"
            raise ValueError(message)
        return self

    @property
    def bubbles(self) -> int:
        """How many there are at most."""
        return sum(map(_count, self.labels)) * max(len(self.values), len("0123456789"))


class BubbleSheet(Document):
    """A whole template; lengths are in its own units, from the centre of its first mark."""

    size: tuple[_Length, _Length] = Field(alias="pageDimensions")
    bubble: tuple[_Length, _Length] = Field(alias="bubbleDimensions")
    # A key that is no label is no block: the schema's pattern of labels would not describe it.
    blocks: Annotated[dict[_Label, BubbleBlock], DescribedBy({"additionalProperties": False})] = (
        Field(alias="fieldBlocks", min_length=1, max_length=200)
    )

    @model_validator(mode="after")
    def _is_printable(self) -> Self:
        if sum(block.bubbles for block in self.blocks.values()) > MAX_BUBBLES:
            message = f"more than {MAX_BUBBLES} bubbles"
            raise ValueError(message)
        return self


_TEMPLATE = TypeAdapter(BubbleSheet)


def check_bubble_template(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """``data``, when it is such a template. Raises ValueError otherwise.

    Fields that we do not know are kept. What PostgreSQL cannot store is replaced: NUL in a text by
    U+FFFD, NaN and infinity by null.
    """
    _TEMPLATE.validate_python(data)
    return {_storable_text(name): _storable(value) for name, value in data.items()}


def _storable(value: JsonValue) -> JsonValue:
    match value:
        case str():
            return _storable_text(value)
        case float() if not math.isfinite(value):
            return None
        case list():
            return [_storable(part) for part in value]
        case dict():
            return {_storable_text(name): _storable(part) for name, part in value.items()}
        case _:
            return value


def _storable_text(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True, slots=True)
class DescribedAsTemplate:
    """Describes a field that keeps a template as it was sent, unknown fields included."""

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of BubbleSheet."""
        return handler(BubbleSheet.__pydantic_core_schema__)


def _count(label: str) -> int:
    match = COUNTED.fullmatch(label)
    return 1 if match is None else max(0, int(match["last"]) - int(match["first"]) + 1)
