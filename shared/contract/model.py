"""The base of every document that crosses a process boundary."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: x, y, width, height in pixels of the normalised page image, origin top left.
BBox = tuple[float, float, float, float]
#: A share or probability.
Unit = Annotated[float, Field(ge=0.0, le=1.0)]


class Document(BaseModel):
    """A frozen value. Unknown fields are ignored, so that older code reads newer documents."""

    model_config = ConfigDict(frozen=True, extra="ignore")
