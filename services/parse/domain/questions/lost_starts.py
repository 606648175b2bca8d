"""Finds questions whose number was not read, by what stands between their neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from services.parse.domain.headings.sections import Heading
from services.parse.domain.questions.lost_labels import ANSWERED, BRACKET_LAST
from services.parse.domain.questions.options import find_options
from services.parse.domain.questions.starts import Start
from services.parse.domain.text.glyphs import Passage

#: More lost numbers in a row than this are rather another section.
_MAX_GAP = 12
#: A number with a sign, at the margin.
_MIN_WEIGHT = 0.9
#: A set of options that shows a question has so many.
_COMPLETE = 3


@dataclass(frozen=True)
class LostStarts:
    """Puts lost starts into a chain.

    ``found`` are all numbers on the pages; ``counts`` says how many questions a section has, by
    its position, where its heading or the answer key tells.
    """

    passage: Passage
    found: Sequence[Start]
    headings: Sequence[Heading]
    counts: Mapping[int, int]

    def restored(self, chain: Sequence[Start]) -> tuple[Start, ...]:
        """The chain with those starts put in that a gap in the numbering asks for.

        Where as many unused numbers stand in a gap as are missing, they are those, misread. Else
        between question 3 and question 5 a second set of options A, B, C … belongs to question 4;
        so does a second row that ends with a bracket. Where neither is found the gap stays. Sets of
        options before the first question are those that are missing there, if they are as many;
        behind the last one each begins the next question.
        """
        if not chain:
            return ()
        complete = self._before(chain[0])
        for one, following in pairwise(chain):
            complete.append(one)
            if one.style is not following.style:
                continue
            missing = following.number - one.number - 1
            if one.section == following.section:
                complete += self._within(one, following.index, missing)
            elif following.number <= one.number:
                complete += [*self._at_end(chain, one), *self._before(following)]
            else:
                complete += self._across(one, following, missing)
        complete.append(chain[-1])
        return (*complete, *self._at_end(chain, chain[-1]))

    def _within(self, one: Start, stop: int, missing: int) -> list[Start]:
        if not 1 <= missing <= _MAX_GAP:
            return []
        misread = self._misread(one, stop)
        if len(misread) == missing:
            return misread
        return self._by_options(one, stop, missing) or self._by_brackets(one, stop, missing)

    def _across(self, one: Start, following: Start, missing: int) -> list[Start]:
        """What is lost at the end of a section or at the beginning of the next."""
        wall = self._section_stop(one.section)
        if following.section == one.section + 1 and missing > 0:
            ends = self._misread(one, wall)
            begins = self._misread(
                replace(one, section=following.section, body=wall), following.index
            )
            if begins and len(ends) + len(begins) == missing:
                return [*ends, *(replace(b, number=b.number + len(ends)) for b in begins)]
        tail = self._within(one, wall, missing)
        if len(tail) >= missing or following.section != one.section + 1:
            return tail
        heading = self.headings[following.section - 1]
        first = replace(
            following,
            index=heading.stop + 1,
            number_at=heading.stop + 1,
            body=heading.stop + 1,
            number=one.number + len(tail) + 1,
        )
        if (
            missing - len(tail) == 1
            and len(find_options(self.passage, first.body, following.index)) >= _COMPLETE
        ):
            return [*tail, first]
        return tail

    def _before(self, first: Start) -> list[Start]:
        """What is lost before the first question of a section: a set of options for each number."""
        begin = self.headings[first.section - 1].stop + 1 if first.section else 0
        missing = first.number - 1
        if not 1 <= missing <= _MAX_GAP:
            return []
        sets = self._option_sets(begin, first.index)
        if len(sets) != missing:
            return []
        return [self._start(first, index, at - missing) for at, index in enumerate(sets)]

    def _option_sets(self, start: int, stop: int) -> list[int]:
        """Where the rows of complete sets of options begin that follow each other."""
        begins: list[int] = []
        while (found := find_options(self.passage, start, stop)) and len(found) >= _COMPLETE:
            begins.append(self.passage.row_start(min(option.start for option in found)))
            start = self.passage.row_stop(max(option.label_start for option in found)) + 1
        return begins

    def _at_end(self, chain: Sequence[Start], last: Start) -> list[Start]:
        """What is lost at the end of a section that has, or is known to have, more questions."""
        count = self.counts.get(last.section)
        if count is None:
            return self._by_options(last, self._section_stop(last.section), _MAX_GAP)
        first = min(start.number for start in chain if start.section == last.section)
        missing = first + count - 1 - last.number
        stop = self._section_stop(last.section)
        found = self._within(last, stop, missing)
        # At the end it is clear which of the missing numbers the found ones are: the next.
        misread = self._misread(last, stop)
        return found or (misread if len(misread) <= missing <= _MAX_GAP else [])

    def _section_stop(self, section: int) -> int:
        if section < len(self.headings):
            return self.headings[section].start
        return len(self.passage.text)

    def _misread(self, one: Start, stop: int) -> list[Start]:
        """Numbers in a gap, with the values that their places give them.

        They stand at the margin, or are what is left of their value: of 66 one 6.
        """
        found: list[Start] = []
        for start in self.found:
            number = one.number + len(found) + 1
            if (
                one.body <= start.index < stop
                and start.style is one.style
                and start.section == one.section
                and (start.weight >= _MIN_WEIGHT or str(start.number) in str(number))
            ):
                found.append(replace(start, number=number))
        return found

    def _by_options(self, one: Start, stop: int, missing: int) -> list[Start]:
        found: list[Start] = []
        begin = one.body
        while len(found) < missing:
            cut = self._after_options(begin, stop)
            if cut is None:
                break
            found.append(self._start(one, cut, len(found) + 1))
            begin = cut
        return found

    def _after_options(self, start: int, stop: int) -> int | None:
        """Where the next question begins: after a set of options that another one follows."""
        first = find_options(self.passage, start, stop)
        if len(first) < _COMPLETE:
            return None
        last = max(option.label_start for option in first)
        cut = self.passage.row_stop(last) + 1
        again = find_options(self.passage, cut, stop)
        return cut if len(again) >= _COMPLETE and again[0].label == "A" else None

    def _by_brackets(self, one: Start, stop: int, missing: int) -> list[Start]:
        ends = [
            end
            for row, end in self.passage.rows(one.body, stop)
            if BRACKET_LAST.search(self.passage.text[row:end])
        ]
        if len(ends) != missing + 1:
            return []
        return [self._start(one, end + 1, ahead) for ahead, end in enumerate(ends[:-1], start=1)]

    def _start(self, one: Start, index: int, ahead: int) -> Start:
        """A start at ``index`` that counts from ``one``, behind what is left of its number."""
        answered = ANSWERED.match(self.passage.text, index)
        is_numbered = answered is not None and answered["number"] is not None
        at, body = answered.span("number") if answered and is_numbered else (index, index)
        return replace(one, index=index, number_at=at, body=body, number=one.number + ahead)


def doubtful_questions(
    read: Sequence[Start], complete: Sequence[Start], counts: Mapping[int, int]
) -> frozenset[tuple[int, int]]:
    """(section, number) of the questions whose text may hold another one's answer.

    ``read`` are the numbers that were read, ``complete`` those with restored ones. A question runs
    up to the next number: before a number that stays lost, and around a restored one, it is not
    clear where it ends.
    """
    seen = {start.index for start in read}
    doubtful = {
        (one.section, one.number)
        for one, following in pairwise(complete)
        if one.section == following.section
        and (following.number > one.number + 1 or following.index not in seen)
    }
    doubtful |= {(start.section, start.number) for start in complete if start.index not in seen}
    for section, count in counts.items():
        numbers = [start.number for start in complete if start.section == section]
        if numbers and numbers[-1] < min(numbers) + count - 1:
            doubtful.add((section, numbers[-1]))
    return frozenset(doubtful)


def known_counts(headings: Sequence[Heading], in_key: Mapping[str, int]) -> dict[int, int]:
    """How many questions each section has, by its position: from the key, else its heading."""
    counts: dict[int, int] = {}
    for position, heading in enumerate(headings, start=1):
        points = heading.points
        count = in_key.get(heading.label, points.count)
        if count is None and points.total and points.each and not points.is_per_blank:
            count = round(points.total / points.each)
        if count:
            counts[position] = count
    return counts
