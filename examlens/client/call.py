"""A request as a value: what to send and how to read the answer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, Literal, TypeVar

import httpx2

from examlens.client.errors import ExamLensError
from shared.contract.api.submissions import FILES_FIELD
from shared.contract.model import Document

ResultT = TypeVar("ResultT")
DocumentT = TypeVar("DocumentT", bound=Document)
#: A file to submit: where it lies, its bytes, or an open binary file.
FileSource = Path | str | bytes | BinaryIO

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Call(Generic[ResultT]):
    """One request; ``read`` makes the result of a successful answer."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    read: Callable[[httpx2.Response], ResultT]
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    fields: Mapping[str, str | bytes] | None = None
    files: Sequence[FileSource] = ()
    #: Seconds that the gateway may take on top of the client's own timeout.
    extra_seconds: float = 0.0

    def url(self) -> str:
        """The address below the gateway's."""
        return PREFIX + self.path

    def arguments(self, stack: ExitStack, timeout_seconds: float) -> dict[str, Any]:
        """Arguments of httpx2's ``request``. Files that are opened for it close with ``stack``."""
        given: dict[str, Any] = {
            "params": {k: v for k, v in self.params.items() if v is not None},
            "headers": {k: v for k, v in self.headers.items() if v},
            "timeout": timeout_seconds + self.extra_seconds,
        }
        if self.content is not None:
            given["content"] = self.content
        if self.files:
            # Neutral names: a scan is often named after the student.
            given["files"] = [
                (FILES_FIELD, (f"file-{number}", _opened(source, stack)))
                for number, source in enumerate(self.files, start=1)
            ]
            given["data"] = dict(self.fields or {})
        return given


def result_of(call: Call[ResultT], response: httpx2.Response) -> ResultT:
    """The call's result. Raises ExamLensError for every answer that is not a success."""
    if response.is_success or response.status_code == httpx2.codes.NOT_MODIFIED:
        return call.read(response)
    try:
        problem = response.json()
    except ValueError:
        # A proxy in between does not speak problem+json.
        problem = {}
    raise ExamLensError(response.status_code, problem if isinstance(problem, dict) else {})


def document(model: type[DocumentT]) -> Callable[[httpx2.Response], DocumentT]:
    """Reads an answer as ``model``."""
    return lambda response: model.model_validate_json(response.content)


def content(response: httpx2.Response) -> bytes:
    """The answer's bytes."""
    return bytes(response.content)


def nothing(_: httpx2.Response) -> None:
    """For answers without content."""
    return


def _opened(source: FileSource, stack: ExitStack) -> Any:
    if isinstance(source, str | Path):
        return stack.enter_context(Path(source).open("rb"))
    return source
