"""The base of every document that crosses a process boundary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

#: x, y, width, height in pixels of the normalised page image, origin top left.
BBox = tuple[float, float, float, float]
#: A share or probability.
Unit = Annotated[float, Field(ge=0.0, le=1.0)]


# Compared by identity: annotations have to be hashable, and a dictionary is not.
@dataclass(frozen=True, slots=True, eq=False)
class DescribedBy:
    """Says in a type's JSON schema what a validator of ours checks, which pydantic cannot see."""

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What pydantic found, and the keywords."""
        return {**handler(core_schema), **self.keywords}


def _refuse_nul(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("control_characters", "Text must not hold NUL")
    return text


#: Any text but NUL, which PostgreSQL stores nowhere.
Text = Annotated[str, AfterValidator(_refuse_nul), DescribedBy({"pattern": r"^[^\x00]*$"})]


class Document(BaseModel):
    """A frozen value. Unknown fields are ignored, so that older code reads newer documents."""

    model_config = ConfigDict(frozen=True, extra="ignore")
