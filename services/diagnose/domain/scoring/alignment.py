"""Pairs the questions that were read with the questions of the answer key."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

from services.diagnose.domain.scoring.section_labels import label_key, label_ordinals, number_key
from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.questions import QuestionType
from shared.contract.reading import ReadPaper, ReadQuestion

_CHOICE = {QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE}
_WRITTEN = {QuestionType.FILL_IN, QuestionType.SHORT_ANSWER, QuestionType.ESSAY}
#: Trust in a pair whose printed number was read as something else.
_BY_SEQUENCE = 0.95


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key question with its section, and its relative position 0..1 there."""

    section: KeySection
    question: KeyQuestion
    position: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A read question, a key question, or both; ``certainty`` that they belong together."""

    read: ReadQuestion | None
    key: KeyEntry | None
    certainty: float = 1.0


@dataclass
class _Group:
    """Questions of both sides that can only match each other."""

    reads: list[ReadQuestion] = field(default_factory=list)
    keys: list[KeyEntry] = field(default_factory=list)


def align(paper: ReadPaper, key: AnswerKey | None) -> tuple[Pair, ...]:
    """Every question of both sides exactly once, in the key's order; strays where they stood."""
    reads = sorted(paper.questions, key=lambda question: question.ordinal)
    if key is None:
        return tuple(Pair(read, None) for read in reads)
    pairs: list[Pair] = []
    rest = _Group()
    for group in _groups(reads, key):
        found = _align_group(group)
        pairs += found
        _keep_rest(rest, group, found)
    pairs += _align_group(rest)
    return _in_order(pairs, reads, _entries(key))


def _entries(key: AnswerKey) -> list[KeyEntry]:
    return [
        KeyEntry(section, question, (i + 0.5) / len(section.questions))
        for section in key.sections
        for i, question in enumerate(section.questions)
    ]


def _groups(reads: list[ReadQuestion], key: AnswerKey) -> list[_Group]:
    """One group per section found on both sides; all in one when sections cannot be matched."""
    labels = list(dict.fromkeys(read.section for read in reads))
    entries = _entries(key)
    matched = _match_sections(labels, key.sections)
    if len(labels) <= 1 or len(key.sections) == 1 or not matched:
        return [_Group(list(reads), entries)]
    return [
        _Group(
            [read for read in reads if read.section == label],
            [entry for entry in entries if entry.section is section],
        )
        for label, section in matched
    ]


def _match_sections(
    labels: Sequence[str], sections: Sequence[KeySection]
) -> list[tuple[str, KeySection]]:
    """Pairs by equal label, then by equal ordinal, then in order when as many are left."""
    matched: list[tuple[str, KeySection]] = []
    labels_left, sections_left = list(labels), list(sections)
    for is_same in (_has_same_label, _has_same_ordinal):
        for label in list(labels_left):
            found = [section for section in sections_left if is_same(label, section.label)]
            if len(found) == 1:
                matched.append((label, found[0]))
                labels_left.remove(label)
                sections_left.remove(found[0])
    if len(labels_left) == len(sections_left):
        matched += zip(labels_left, sections_left, strict=True)
    return matched


def _has_same_label(one: str, other: str) -> bool:
    return label_key(one) == label_key(other)


def _has_same_ordinal(one: str, other: str) -> bool:
    return bool(label_ordinals(one) & label_ordinals(other))


def _keep_rest(rest: _Group, group: _Group, found: list[Pair]) -> None:
    """Move what found no partner into ``rest``, which is tried without regard to sections."""
    paired = [pair for pair in found if pair.read and pair.key]
    for pair in paired:
        if pair.read:
            group.reads.remove(pair.read)
    keys = {id(pair.key) for pair in paired}
    rest.reads += group.reads
    rest.keys += [entry for entry in group.keys if id(entry) not in keys]


def _align_group(group: _Group) -> list[Pair]:
    """Pairs only; unmatched questions of the group are left to the caller."""
    read_numbers = [number_key(read.number) for read in group.reads]
    key_numbers = [number_key(entry.question.number) for entry in group.keys]
    anchors = _anchors(group, read_numbers, key_numbers)
    pairs = [Pair(group.reads[i], group.keys[j]) for i, j in anchors]
    pairs += _fill_gaps(group, anchors)
    taken = {id(pair.read) for pair in pairs}, {id(pair.key) for pair in pairs}
    # Pages handed in out of order: a unique number still says which question it is.
    for i, number in enumerate(read_numbers):
        if id(group.reads[i]) in taken[0] or read_numbers.count(number) > 1 or not number:
            continue
        left = [j for j, other in enumerate(key_numbers) if other == number]
        if len(left) == 1 and id(group.keys[left[0]]) not in taken[1]:
            pairs.append(Pair(group.reads[i], group.keys[left[0]]))
            taken[1].add(id(group.keys[left[0]]))
    return pairs


def _anchors(
    group: _Group, read_numbers: list[str], key_numbers: list[str]
) -> list[tuple[int, int]]:
    """The heaviest order-preserving matching of equal numbers (dynamic programming)."""
    rows, columns = len(read_numbers), len(key_numbers)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            weight = _weight(group.reads[i], group.keys[j], read_numbers[i] == key_numbers[j])
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + weight)
    anchors, i, j = [], 0, 0
    while i < rows and j < columns:
        weight = _weight(group.reads[i], group.keys[j], read_numbers[i] == key_numbers[j])
        if weight > 0 and best[i][j] == best[i + 1][j + 1] + weight:
            anchors.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return anchors


def _weight(read: ReadQuestion, entry: KeyEntry, is_same_number: bool) -> float:
    if not is_same_number or not read.number:
        return 0.0
    weight = 2.0 if _has_same_label(read.section, entry.section.label) else 1.0
    weight += 0.5 * _stem_similarity(read, entry)
    return weight if _is_compatible(read.type, entry.question.type) else 0.25 * weight


def _stem_similarity(read: ReadQuestion, entry: KeyEntry) -> float:
    if not read.stem or not entry.question.stem:
        return 0.0
    return SequenceMatcher(None, read.stem[:80], entry.question.stem[:80], autojunk=False).ratio()


def _is_compatible(read: QuestionType, key: QuestionType) -> bool:
    """Whether a question of the key's type can look like the read type."""
    return read is key or {read, key} <= _CHOICE or {read, key} <= _WRITTEN


def _fill_gaps(group: _Group, anchors: list[tuple[int, int]]) -> list[Pair]:
    """Pair misread numbers: between two anchors, equally many questions match in order."""
    pairs = []
    bounds = [(-1, -1), *anchors, (len(group.reads), len(group.keys))]
    counts = Counter(number_key(entry.question.number) for entry in group.keys)
    for (i, j), (next_i, next_j) in pairwise(bounds):
        reads, keys = group.reads[i + 1 : next_i], group.keys[j + 1 : next_j]
        # Without an anchor nothing says that these are the same questions.
        if len(reads) != len(keys) or not reads or not anchors:
            continue
        wanted = {number_key(entry.question.number) for entry in keys}
        elsewhere = {n for n in counts if n not in wanted} - {
            number_key(group.reads[a].number) for a, _ in anchors
        }
        for read, entry in zip(reads, keys, strict=True):
            is_moved = number_key(read.number) in elsewhere
            if _is_compatible(read.type, entry.question.type) and not is_moved:
                pairs.append(Pair(read, entry, _BY_SEQUENCE))
    return pairs


def _in_order(
    pairs: list[Pair], reads: list[ReadQuestion], entries: list[KeyEntry]
) -> tuple[Pair, ...]:
    """Key order; a read question without a key follows the question it was read after."""
    by_key = {(p.key.section.label, p.key.question.number): p for p in pairs if p.key is not None}
    by_read = {pair.read.ordinal: pair for pair in pairs if pair.read is not None}
    ordered = [by_key.get((e.section.label, e.question.number), Pair(None, e)) for e in entries]
    for previous, read in zip([None, *reads], reads, strict=False):
        if read.ordinal in by_read:
            continue
        stray = Pair(read, None)
        after = next(
            (n for n, p in enumerate(ordered) if previous and p.read is previous), len(ordered) - 1
        )
        ordered.insert(after + 1, stray)
    return tuple(ordered)
