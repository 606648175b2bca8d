"""How an archive's files are divided among students. Names only group; they are never paths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DIGITS = re.compile(r"(\d+)")
#: What archivers and file managers add of their own.
_CLUTTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


class PagesDoNotDivide(Exception):
    """The pages are no multiple of the pages per student."""

    def __init__(self, pages: int, pages_per_student: int) -> None:
        super().__init__(pages, pages_per_student)
        self.pages, self.pages_per_student = pages, pages_per_student


@dataclass(frozen=True, slots=True)
class Part:
    """One student's files, in order; ``name`` is their folder or only file, if they have one."""

    name: str | None
    members: tuple[str, ...]


def divide_members(names: Sequence[str], pages_per_student: int | None) -> tuple[Part, ...]:
    """Students in natural order of their names: a folder is one student, and so is a lone file.

    When ``pages_per_student`` is given, files outside folders are dealt out in order. A single
    folder around everything does not count. Raises PagesDoNotDivide.
    """
    paths = {name: _path(name) for name in names if not _is_clutter(name)}
    if paths and all(len(path) > 1 for path in paths.values()):
        tops = {path[0] for path in paths.values()}
        if len(tops) == 1:
            paths = {name: path[1:] for name, path in paths.items()}
    ordered = sorted(paths, key=lambda name: [_natural(part) for part in paths[name]])
    folders: dict[str, list[str]] = {}
    lone: list[str] = []
    for name in ordered:
        if len(paths[name]) > 1:
            folders.setdefault(paths[name][0], []).append(name)
        else:
            lone.append(name)
    if pages_per_student is not None and lone:
        if len(lone) % pages_per_student:
            raise PagesDoNotDivide(len(lone), pages_per_student)
        dealt = [
            tuple(lone[start : start + pages_per_student])
            for start in range(0, len(lone), pages_per_student)
        ]
        parts = [Part(paths[files[0]][0] if len(files) == 1 else None, files) for files in dealt]
    else:
        parts = [Part(paths[name][0], (name,)) for name in lone]
    parts += [Part(folder, tuple(files)) for folder, files in folders.items()]
    return tuple(sorted(parts, key=lambda part: _natural(part.name or part.members[0])))


def page_ranges(pages: int, pages_per_student: int) -> tuple[range, ...]:
    """The page indices, from 0, of each student. Raises PagesDoNotDivide."""
    if pages == 0 or pages % pages_per_student:
        raise PagesDoNotDivide(pages, pages_per_student)
    return tuple(
        range(first, first + pages_per_student) for first in range(0, pages, pages_per_student)
    )


def _path(name: str) -> list[str]:
    return [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]


def _is_clutter(name: str) -> bool:
    path = _path(name)
    return not path or any(part.startswith(".") or part.lower() in _CLUTTER for part in path)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key that puts 2 before 10."""
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in _DIGITS.split(text)[:200]
        if part
    ]
