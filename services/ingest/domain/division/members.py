"""How an archive's files are divided among students. Names only group; they are never paths."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.ingest.domain.division.member_order import order_key, plain_name
from shared.contract.api.text import composed

#: What archivers and file managers add of their own.
_CLUTTER = frozenset({"__macosx", "@eadir", "thumbs.db", "desktop.ini"})
#: A folder called so is a class or a room: the files in it are students.
_CLASS_NAME = re.compile(r"班|考场|年级|(?<![a-z])(?:class|grade|room|group)(?![a-z])")
#: What pages are called: a number of at most three digits, a side, what took the picture.
_PAGE = re.compile(
    r"(?:[\W_]|第?(?<!\d)\d{1,3}(?!\d)[页面张部卷]?|[面部](?=\d)|扫描件?|图片|照片|微信"
    r"|page|scan|im(?:a)?ge?|photo|p(?![a-z]))*+"
)
#: A person's name of two to four characters, perhaps with a number before or behind it.
_PERSON = re.compile(r"[\d\W_]*[\u3400-\u9fff](?:·?[\u3400-\u9fff]){1,3}[\d\W_]*")
#: What files of one student are called.
_NO_PERSON = re.compile(
    r"[题卷页面]|答案|答卷|选择|填空|判断|解答|作文|数学|语文|英语|物理|化学|生物|历史|地理|政治"
    r"|扫描|照片|图片|微信|部分"
)
#: Share of a folder's files that are called like people where it is a class: one may be 答题.jpg.
_MOST = 0.8


class PagesDoNotDivide(Exception):
    """The pages are no multiple of the pages per student."""

    def __init__(self, pages: int, pages_per_student: int) -> None:
        super().__init__(pages, pages_per_student)
        self.pages, self.pages_per_student = pages, pages_per_student


@dataclass(frozen=True, slots=True)
class Part:
    """One student's files, in order; ``name`` is their folder or only file, if they have one.

    Below other folders the name has these before it: ``一班/张三``.
    """

    name: str | None
    members: tuple[str, ...]


@dataclass(slots=True)
class _Folder:
    """``files`` are members by name, in order; ``path`` leads here."""

    path: tuple[str, ...] = ()
    files: dict[str, list[str]] = field(default_factory=dict)
    folders: dict[str, "_Folder"] = field(default_factory=dict)

    def everything(self) -> Iterator[str]:
        """All members, in order: those of this folder first."""
        for name in _ordered(self.files):
            yield from self.files[name]
        for name in _ordered(self.folders):
            yield from self.folders[name].everything()


def divide_members(names: Sequence[str], pages_per_student: int | None) -> tuple[Part, ...]:
    """Students in natural order of their names: a folder is one student, and so is a lone file.

    Folders around everything do not count, nor do folders that hold only folders, unless these are
    pages (正面, 反面). A folder of files is a class if it is called one or its files are called
    like people. Files that are lone, in a class too, are dealt out in order when
    ``pages_per_student`` is given. Raises PagesDoNotDivide.
    """
    root = _tree(names)
    while not root.files and len(root.folders) == 1:
        (root,) = root.folders.values()
    return tuple(_parts(root, pages_per_student, len(root.path)))


def _parts(folder: _Folder, pages_per_student: int | None, top: int) -> Iterator[Part]:
    """The students in a class, or in a level above classes; names leave out ``top`` folders."""
    lone = [member for name in _ordered(folder.files) for member in folder.files[name]]
    deal = 1 if pages_per_student is None else pages_per_student
    if len(lone) % deal:
        raise PagesDoNotDivide(len(lone), deal)
    found: list[tuple[tuple[str, ...], Iterator[Part]]] = []
    for start in range(0, len(lone), deal):
        path, files = _path(lone[start])[top:], tuple(lone[start : start + deal])
        found.append((path, iter([Part("/".join(path) if deal == 1 else None, files)])))
    for inner in folder.folders.values():
        path = inner.path[top:]
        if _is_class(inner):
            found.append((path, _parts(inner, pages_per_student, top)))
        else:
            found.append((path, iter([Part("/".join(path), tuple(inner.everything()))])))
    for _, parts in sorted(found, key=lambda item: order_key(item[0])):
        yield from parts


def _is_class(folder: _Folder) -> bool:
    """Whether what ``folder`` holds are students, or classes; otherwise it is one student."""
    if not folder.files:
        # Folders that are called like pages are parts of one student; plain numbers are seats.
        return not all(_is_page(name) and not name.strip().isdecimal() for name in folder.folders)
    if _CLASS_NAME.search(folder.path[-1].casefold()):
        return True
    stems = [_stem(name) for name in folder.files]
    if len(stems) == 1:
        return False
    people = sum(bool(_PERSON.fullmatch(stem) and not _NO_PERSON.search(stem)) for stem in stems)
    are_pdfs = all(name.lower().endswith(".pdf") for name in folder.files)
    return people >= _MOST * len(stems) or (are_pdfs and not any(map(_is_page, stems)))


def _is_page(stem: str) -> bool:
    """Whether a file or folder is called by nothing but a page's number, side or scanner."""
    return _PAGE.fullmatch(plain_name(stem)) is not None


def page_ranges(pages: int, pages_per_student: int) -> tuple[range, ...]:
    """The page indices, from 0, of each student. Raises PagesDoNotDivide."""
    if pages == 0 or pages % pages_per_student:
        raise PagesDoNotDivide(pages, pages_per_student)
    return tuple(
        range(first, first + pages_per_student) for first in range(0, pages, pages_per_student)
    )


def _tree(names: Sequence[str]) -> _Folder:
    root = _Folder()
    for name in names:
        path = _path(name)
        if not path or _is_clutter(path):
            continue
        folder = root
        for depth, part in enumerate(path[:-1], start=1):
            folder = folder.folders.setdefault(part, _Folder(path[:depth]))
        folder.files.setdefault(path[-1], []).append(name)
    return root


def _path(name: str) -> tuple[str, ...]:
    # Archives made on a Mac spell accents in two characters.
    parts = composed(name).replace("\\", "/").split("/")
    return tuple(part for part in parts if part not in {"", ".", ".."})


def _is_clutter(path: Sequence[str]) -> bool:
    return any(part.startswith(".") or part.lower() in _CLUTTER for part in path)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: order_key((name,)))
