"""What a hostile client sends: one request, whole or as raw bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Upload:
    """A submission: files as (name, content), fields beside them."""

    name: str
    files: Sequence[tuple[str, bytes]]
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """A request with a body of its own making; ``path`` is below the API's prefix."""

    name: str
    method: str
    path: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Bytes on a connection. ``{auth}`` stands for the header line that authenticates.

    Between ``parts`` the client pauses; the server may answer, or close the connection.
    """

    name: str
    parts: Sequence[bytes]
    pause_seconds: float = 0.0


Case = Upload | Body | Raw


def multipart(
    parts: Sequence[tuple[str, bytes]], *, boundary: str = "frontier", is_closed: bool = True
) -> bytes:
    """A multipart body of (header lines, content) parts."""
    mark = f"--{boundary}".encode()
    body = b"".join(
        mark
        + b"\r\n"
        + headers.encode("utf-8", "surrogateescape")
        + b"\r\n\r\n"
        + content
        + b"\r\n"
        for headers, content in parts
    )
    return body + (mark + b"--\r\n" if is_closed else b"")


def file_part(content: bytes, filename: str = "a.png") -> tuple[str, bytes]:
    """The part of a form that holds a file."""
    return f'Content-Disposition: form-data; name="files"; filename="{filename}"', content


def field_part(name: str, value: str) -> tuple[str, bytes]:
    """The part of a form that holds a text."""
    return f'Content-Disposition: form-data; name="{name}"', value.encode()
