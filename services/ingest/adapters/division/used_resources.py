"""Leaves in the resources of pages only what their content draws with.

Programs that join scans often give all pages one dictionary of resources (ISO 32000-2, 7.8.3). A
page that is taken out alone would take all pictures along: those of other students.
"""

import contextlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pikepdf import (
    Array,
    ContentStreamInlineImage,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Object,
    Page,
    PdfError,
    Stream,
    parse_content_stream,
)

from services.ingest.adapters.division.pdf_names import name_of, text_of

#: Which kind of resource the last operand of an operator names (ISO 32000-2, table 50 and below).
_KINDS = {
    "Do": "/XObject",
    "gs": "/ExtGState",
    "Tf": "/Font",
    "cs": "/ColorSpace",
    "CS": "/ColorSpace",
    "scn": "/Pattern",
    "SCN": "/Pattern",
    "sh": "/Shading",
    "BDC": "/Properties",
    "DP": "/Properties",
}
#: Operators that have names: those, marked content's, and inline images.
_OPERATORS = " ".join([*_KINDS, "BMC", "MP", "BI", "ID", "EI"])
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]*)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
#: Colour spaces that replace the device's without being named (8.6.5.6).
_DEFAULTS = frozenset({"/DefaultGray", "/DefaultRGB", "/DefaultCMYK"})
#: Bytes of a damaged stream at a time, and the most that these may become.
_INFLATED_BYTES, _MOST_INFLATED = 32, 65_536
#: Names by kind; under ANY those that may be of each kind.
_Used = defaultdict[str, set[str]]
_ANY = ""
_Id = tuple[int, int]


class UsedResources:
    """Prunes pages of one PDF. A stream that several pages draw is looked at once."""

    def __init__(self) -> None:
        self._names: dict[_Id, _Used] = {}
        self._done: set[_Id] = set()

    def keep(self, page: Page) -> None:
        """Replace the resources of ``page``, and of all it draws, by those that are used."""
        self._prune_once(page.obj, [page.obj])
        for appearance in _appearances(page.obj):
            self._prune_once(appearance, [appearance])

    def _prune(self, owner: Object, contents: Sequence[Object]) -> None:
        """Replace ``owner``'s resources by what ``contents`` use of them."""
        resources = owner.get(Name.Resources)
        if not isinstance(resources, Dictionary):
            return
        used: _Used = defaultdict(set)
        waiting, seen = list(contents), set()
        while waiting:
            content = waiting.pop()
            if content.is_indirect and content.objgen in seen:
                continue
            seen.add(content.objgen)
            for kind, names in self._names_in(content).items():
                used[kind] |= names
            # Streams without resources of their own use those around them (PDF 1.1).
            for holder, streams in _drawn(_kept(resources, used)):
                if Name.Resources not in holder:
                    waiting += streams
        kept = _kept(resources, used)
        owner[Name.Resources] = kept
        for holder, streams in _drawn(kept):
            self._prune_once(holder, streams)

    def _prune_once(self, owner: Object, contents: Sequence[Object]) -> None:
        if owner.is_indirect:
            if owner.objgen in self._done:
                return
            self._done.add(owner.objgen)
        self._prune(owner, contents)

    def _names_in(self, content: Object) -> _Used:
        found = self._names.get(content.objgen)
        if found is None:
            found = self._names[content.objgen] = _names_in(content)
        return found


def _names_in(content: Object) -> _Used:
    """Every name that ``content`` may take from its resources.

    A reader of broken content may find operators where another finds none. So what stands there
    as a name and was not understood counts for each kind.
    """
    used: _Used = defaultdict(set)
    understood: set[str] = set()
    for instruction in _instructions(content):
        if isinstance(instruction, ContentStreamInlineImage):
            space = instruction.iimage.obj.get(Name.ColorSpace, instruction.iimage.obj.get(Name.CS))
            used["/ColorSpace"].update(_names(space))
            continue
        operands = list(instruction.operands)
        understood.update(*map(_names, operands))
        kind = _KINDS.get(str(instruction.operator))
        named = operands[:-1] if kind == "/Font" else operands
        if kind and named and isinstance(named[-1], Name):
            used[kind].add(text_of(named[-1]))
    used[_ANY] = _written_names(content) - understood
    return used


def _instructions(content: Object) -> Sequence[ContentStreamInstruction | ContentStreamInlineImage]:
    try:
        return parse_content_stream(content, _OPERATORS)
    except PdfError:
        # Its data are damaged: what can still be decoded is searched for names all the same.
        return []


def _names(operand: object) -> Iterator[str]:
    if isinstance(operand, Name):
        yield text_of(operand)
    elif isinstance(operand, Dictionary):
        yield from operand.keys()
        for value in operand.values():
            yield from _names(value)
    elif isinstance(operand, Array):
        for value in operand:
            yield from _names(value)


def _written_names(content: Object) -> set[str]:
    streams = content.get(Name.Contents) if not isinstance(content, Stream) else content
    parts = streams if isinstance(streams, Array) else [streams]
    data = b"\n".join(_bytes_of(part) for part in parts)
    return {
        "/" + _ESCAPE.sub(_letter, name).decode("utf-8", "surrogateescape")
        for name in set(_NAME.findall(data))
    }


def _letter(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)])


def _bytes_of(stream: object) -> bytes:
    if not isinstance(stream, Stream):
        return b""
    try:
        return stream.read_bytes()
    except PdfError:
        return _inflated(stream.read_raw_bytes())


def _inflated(damaged: bytes) -> bytes:
    """As much of a damaged stream as readers draw: what comes before the damage."""
    inflating, found = zlib.decompressobj(), bytearray()
    with contextlib.suppress(zlib.error):
        for start in range(0, len(damaged), _INFLATED_BYTES):
            found += inflating.decompress(damaged[start : start + _INFLATED_BYTES], _MOST_INFLATED)
    return bytes(found)


def _kept(resources: Dictionary, used: _Used) -> Dictionary:
    kept = Dictionary()
    for kind, entries in resources.items():
        if kind == "/ProcSet":
            kept[name_of(kind)] = entries
        elif isinstance(entries, Dictionary):
            names = (used[kind] | used[_ANY] | _DEFAULTS) & set(entries.keys())
            if names:
                chosen = kept[name_of(kind)] = Dictionary()
                for name, value in entries.items():
                    if name in names:
                        chosen[name_of(name)] = value
    return kept


def _drawn(resources: Dictionary) -> Iterator[tuple[Object, list[Object]]]:
    """The streams of content that ``resources`` hold, behind the object that has their own."""
    for value in _values(resources.get(Name.XObject)):
        if isinstance(value, Stream) and value.get(Name.Subtype) == Name.Form:
            yield value, [value]
    for value in _values(resources.get(Name.Pattern)):
        if isinstance(value, Stream):
            yield value, [value]
    for value in _values(resources.get(Name.ExtGState)):
        mask = value.get(Name.SMask) if isinstance(value, Dictionary) else None
        group = mask.get(Name.G) if isinstance(mask, Dictionary) else None
        if isinstance(group, Stream):
            yield group, [group]
    for font in _values(resources.get(Name.Font)):
        if isinstance(font, Dictionary):
            glyphs = _values(font.get(Name.CharProcs))
            yield font, [glyph for glyph in glyphs if isinstance(glyph, Stream)]


def _appearances(page: Object) -> Iterator[Stream]:
    annotations = page.get(Name.Annots)
    for annotation in annotations if isinstance(annotations, Array) else ():
        if isinstance(annotation, Dictionary):
            for value in _values(annotation.get(Name.AP)):
                # A state's appearance, or one appearance for each state.
                states = [value] if isinstance(value, Stream) else _values(value)
                yield from (state for state in states if isinstance(state, Stream))


def _values(dictionary: object) -> Iterator[Object]:
    if isinstance(dictionary, Dictionary) and not isinstance(dictionary, Stream):
        yield from dictionary.values()
