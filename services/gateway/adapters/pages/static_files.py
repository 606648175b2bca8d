"""Styles, scripts and pictures of the pages, from the package itself."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file; ``version`` is of its content and stands in its address."""

    content: bytes
    media_type: str
    version: str


@cache
def static_files() -> dict[str, StaticFile]:
    """All files by name."""
    found = {}
    for entry in resources.files("services.gateway.templates").joinpath("static").iterdir():
        ending = entry.name.rpartition(".")[2]
        if ending in _MEDIA_TYPES:
            content = entry.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            found[entry.name] = StaticFile(content, _MEDIA_TYPES[ending], version)
    return found


def static_address(name: str) -> str:
    """Where a browser finds the file and may keep it for good."""
    return f"/static/{name}?v={static_files()[name].version}"
