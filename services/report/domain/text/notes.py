"""Notes of conflicts and warnings, said in plain words."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from services.report.domain.text.labels import CATALOGUES, LABELS
from services.report.domain.text.plain_text import clean, clip
from shared.contract.failures import Language
from shared.contract.notes import PLACELESS, Note, NoteKind
from shared.contract.wording import Wording, wordings

#: ``{0}`` lists the places, or else the first details, of all notes whose other details agree.
#: ``{1}`` and ``{2}`` are those other details.
NOTES: dict[NoteKind, Wording] = {
    NoteKind(kind): wording for kind, wording in wordings(CATALOGUES, "notes").items()
}


def say_notes(
    notes: Iterable[Note], language: Language, printed: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, ...]:
    """One sentence for each kind of note: a second and a fifth page that are missing share one.

    ``printed`` are the numbers that stand on the paper, by a question's ``section.number``.
    Notes that are unknown, or have fewer details than their sentence needs, are shown as they are.
    """
    grouped: dict[tuple[NoteKind, tuple[str, ...]], list[str]] = {}
    for note in notes:
        where = printed.get(note.where, note.where)
        parts = note.details if note.kind in PLACELESS else (where, *note.details)
        shown = tuple(clip(clean(part), 60) for part in parts)
        # Unknown notes have nothing in common.
        listed = 0 if note.kind is NoteKind.OTHER else 1
        grouped.setdefault((note.kind, shown[listed:]), []).extend(shown[:listed])
    return tuple(_say(kind, firsts, rest, language) for (kind, rest), firsts in grouped.items())


def _say(kind: NoteKind, firsts: list[str], rest: tuple[str, ...], language: Language) -> str:
    if kind is NoteKind.MIXED_PAGES:
        firsts = [_named(f"mixed_{why}", why, language) for why in firsts]
    listed = LABELS["separator"].in_language(language).join(firsts)
    if kind is NoteKind.CONFLICT:
        said = [
            LABELS["and"]
            .in_language(language)
            .join(_named(f"basis_{part}", part, language) for part in rest)
        ]
    else:
        said = list(rest)
    if kind is not NoteKind.OTHER and any(firsts):
        try:
            return NOTES[kind].in_language(language).format(listed, *said)
        except IndexError:
            pass
    name = "" if kind is NoteKind.OTHER else kind.value
    code = ":".join(filter(None, (name, listed, *rest)))
    return NOTES[NoteKind.OTHER].in_language(language).format(code=clip(code, 80))


def _named(key: str, code: str, language: Language) -> str:
    """What ``key`` is called; ``code`` where only a later version knows it."""
    label = LABELS.get(key)
    return code if label is None else label.in_language(language)
