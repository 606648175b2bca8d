"""The cache over tiers in memory: order, single-flight, negative entries, lifetimes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from services.diagnose.adapters.cache.memory import MemoryTier
from services.diagnose.adapters.cache.pattern import KeyPattern
from services.diagnose.adapters.cache.tier import Entry, TierUnavailable
from services.diagnose.adapters.cache.tiered import TieredCache
from services.diagnose.domain.points.cache_keys import (
    CacheKind,
    Computed,
    knowledge_points_key,
    lifetimes,
    paper_template_key,
)

KIND = CacheKind.KNOWLEDGE_POINTS


@dataclass
class DictTier:
    """A tier that may be away."""

    name: str
    entries: dict[str, Entry] = field(default_factory=dict)
    is_away: bool = False
    asked: int = 0

    async def get(self, keys: Sequence[str]) -> dict[str, Entry]:
        self.asked += 1
        if self.is_away:
            raise TierUnavailable
        return {key: self.entries[key] for key in keys if key in self.entries}

    async def put(self, entries: Mapping[str, Entry]) -> None:
        if self.is_away:
            raise TierUnavailable
        self.entries |= entries

    async def delete(self, keys: Sequence[str]) -> int:
        if self.is_away:
            raise TierUnavailable
        return sum(self.entries.pop(key, None) is not None for key in keys)

    async def clear(self, pattern: KeyPattern) -> int:
        return await self.delete([key for key in self.entries if pattern.matches(key)])

    async def count(self, pattern: KeyPattern) -> int:
        return sum(pattern.matches(key) for key in self.entries)

    async def close(self) -> None:
        pass


@dataclass
class Counting:
    """Computes ``value`` for every key after a moment, and counts."""

    value: object = "v"
    is_kept: bool = True
    seconds: float = 0.01
    keys: list[str] = field(default_factory=list)

    async def __call__(self, keys: Sequence[str]) -> dict[str, Computed]:
        self.keys += keys
        await asyncio.sleep(self.seconds)
        return {key: Computed(self.value, is_kept=self.is_kept) for key in keys}


@pytest.fixture
def tiers() -> tuple[DictTier, DictTier]:
    return DictTier("l2"), DictTier("l3")


async def test_a_value_is_computed_once_and_kept_in_every_tier(
    tiers: tuple[DictTier, DictTier],
) -> None:
    cache, compute = TieredCache(MemoryTier(10), tiers), Counting()
    for _ in range(3):
        assert await cache.fetch(KIND, ["a", "b", "a"], compute) == {"a": "v", "b": "v"}
    assert compute.keys == ["a", "b"]
    assert [tier.asked for tier in tiers] == [1, 1]
    for tier in tiers:
        lifetime = lifetimes()[KIND].positive
        assert 0.9 * lifetime <= tier.entries["a"].seconds <= lifetime


async def test_lifetimes_are_spread(tiers: tuple[DictTier, DictTier]) -> None:
    cache = TieredCache(MemoryTier(1000), tiers)
    await cache.fetch(KIND, [f"k{n}" for n in range(200)], Counting())
    seconds = sorted(entry.seconds for entry in tiers[0].entries.values())
    assert seconds[-1] - seconds[0] > 0.05 * lifetimes()[KIND].positive
    assert len(set(seconds)) == 200


async def test_a_slower_tiers_find_goes_into_the_faster_ones(
    tiers: tuple[DictTier, DictTier],
) -> None:
    tiers[1].entries["a"] = Entry("old", 60.0)
    cache, compute = TieredCache(MemoryTier(10), tiers), Counting()
    assert await cache.fetch(KIND, ["a"], compute) == {"a": "old"}
    assert compute.keys == []
    assert tiers[0].entries["a"] == Entry("old", 60.0)
    await cache.fetch(KIND, ["a"], compute)
    assert tiers[0].asked == 1


async def test_that_there_is_nothing_is_kept_too_but_for_a_shorter_time(
    tiers: tuple[DictTier, DictTier],
) -> None:
    cache, compute = TieredCache(MemoryTier(10), tiers), Counting(value=None)
    for _ in range(2):
        assert await cache.fetch(KIND, ["a"], compute) == {"a": None}
    assert compute.keys == ["a"]
    assert tiers[1].entries["a"].seconds <= lifetimes()[KIND].negative


async def test_a_makeshift_is_given_to_those_who_wait_and_to_nobody_later(
    tiers: tuple[DictTier, DictTier],
) -> None:
    cache, compute = TieredCache(MemoryTier(10), tiers), Counting(is_kept=False)
    found = await asyncio.gather(*(cache.fetch(KIND, ["a"], compute) for _ in range(5)))
    assert found == [{"a": "v"}] * 5
    assert compute.keys == ["a"]
    await cache.fetch(KIND, ["a"], compute)
    assert compute.keys == ["a", "a"]
    assert tiers[1].entries == {}


async def test_forty_at_once_compute_each_key_once(tiers: tuple[DictTier, DictTier]) -> None:
    cache, compute = TieredCache(MemoryTier(100), tiers), Counting()
    keys = [f"q{n}" for n in range(30)]
    # Each begins elsewhere, so that they lead and follow each other crosswise.
    turned = [keys[n % 30 :] + keys[: n % 30] for n in range(40)]
    found = await asyncio.gather(*(cache.fetch(KIND, part, compute) for part in turned))
    assert all(set(one) == set(keys) for one in found)
    assert sorted(compute.keys) == sorted(keys)


async def test_when_the_one_who_computes_fails_another_takes_over() -> None:
    cache, good = TieredCache(MemoryTier(10)), Counting()

    async def fail(_: Sequence[str]) -> dict[str, Computed]:
        await asyncio.sleep(0.01)
        raise ValueError("no")

    first = asyncio.create_task(cache.fetch(KIND, ["a"], fail))
    await asyncio.sleep(0)
    second = asyncio.create_task(cache.fetch(KIND, ["a"], good))
    with pytest.raises(ValueError, match="no"):
        await first
    assert await second == {"a": "v"}


async def test_when_the_one_who_computes_is_cancelled_another_takes_over() -> None:
    cache, slow, quick = TieredCache(MemoryTier(10)), Counting(seconds=60), Counting()
    first = asyncio.create_task(cache.fetch(KIND, ["a"], slow))
    await asyncio.sleep(0)
    second = asyncio.create_task(cache.fetch(KIND, ["a"], quick))
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == {"a": "v"}


async def test_a_tier_that_is_away_is_done_without_and_left_alone(
    tiers: tuple[DictTier, DictTier],
) -> None:
    tiers[0].is_away = True
    cache, compute = TieredCache(MemoryTier(10), tiers), Counting()
    for key in "abc":
        assert await cache.fetch(KIND, [key], compute) == {key: "v"}
    assert tiers[0].asked == 1
    assert set(tiers[1].entries) == set("abc")


def test_memory_is_bounded_by_number_and_time() -> None:
    now = 0.0
    memory = MemoryTier(3, 100.0, clock=lambda: now)
    memory.put({"a": Entry(1, 10), "b": Entry(2, 1e9), "c": Entry(3, 1e9)})
    assert set(memory.get("abc")) == {"a", "b", "c"}
    now = 11.0
    assert set(memory.get("abc")) == {"b", "c"}
    memory.put({"d": Entry(4, 1e9), "e": Entry(5, 1e9)})
    assert len(memory.get("abcde")) == 3
    now = 112.0
    assert memory.get("abcde") == {}


def test_keys_are_the_same_for_one_text_however_it_is_spaced_and_differ_by_engine() -> None:
    one = knowledge_points_key("mathematics", "求 $x^{2}$ 的值。", "rules")
    assert one == knowledge_points_key("mathematics", "求x^2的值", "rules")
    assert one.startswith("knowledge_points:mathematics:")
    assert one != knowledge_points_key("mathematics", "求x^2的值", "model")
    assert one != knowledge_points_key("physics", "求x^2的值", "rules")
    template = paper_template_key("mathematics", "九年级", "p", "一.1", "rules")
    assert template.startswith("paper_template:mathematics:九年级:")
    assert template != paper_template_key("mathematics", "九年级", "q", "一.1", "rules")


def test_a_grade_cannot_pass_for_more_than_a_part_of_a_key() -> None:
    key = paper_template_key("mathematics", "a:b*? c" + "x" * 100, "p", "1", "rules")
    assert key.count(":") == 3
    assert not set("*? ") & set(key)
    assert len(key) < 200
    assert paper_template_key("mathematics", " ", "p", "1", "rules").split(":")[2] == "any"


async def test_clearing_one_kind_leaves_the_others(tiers: tuple[DictTier, DictTier]) -> None:
    cache, compute = TieredCache(MemoryTier(10), tiers), Counting()
    keys = ["knowledge_points:a:1", "paper_template:a:1"]
    await cache.fetch(KIND, keys, compute)
    assert await cache.clear(KeyPattern("paper_template:*")) == 2
    await cache.fetch(KIND, keys, compute)
    assert compute.keys == [*keys, "paper_template:a:1"]
    assert await cache.clear() == 4
    tiers[0].is_away = True
    with pytest.raises(TierUnavailable):
        await cache.clear()


async def test_an_operator_sees_sets_and_removes_single_keys(
    tiers: tuple[DictTier, DictTier],
) -> None:
    cache, compute = TieredCache(MemoryTier(10), tiers), Counting()
    key = "paper_template:a:1"
    assert await cache.get(key) == {}
    await cache.put(key, Entry("set", 60.0))
    assert await cache.get(key) == dict.fromkeys(("l1", "l2", "l3"), Entry("set", 60.0))
    assert await cache.fetch(KIND, [key], compute) == {key: "set"}
    held = await cache.held()
    assert {place for place, count in held.items() if count} == {
        (CacheKind.PAPER_TEMPLATE, "l2"),
        (CacheKind.PAPER_TEMPLATE, "l3"),
    }
    assert await cache.delete([key]) == 2
    assert await cache.fetch(KIND, [key], compute) == {key: "v"}
    tiers[1].is_away = True
    with pytest.raises(TierUnavailable):
        await cache.get(key)


async def test_lifetimes_are_those_that_are_set(tiers: tuple[DictTier, DictTier]) -> None:
    kept_for = lifetimes(paper_template_days=0.001)
    cache = TieredCache(MemoryTier(10), tiers, kept_for)
    await cache.fetch(CacheKind.PAPER_TEMPLATE, ["a"], Counting())
    await cache.fetch(CacheKind.PAPER_TEMPLATE, ["n"], Counting(value=None))
    assert 77.0 < tiers[1].entries["a"].seconds <= 86.4
    # That there is nothing is believed no longer than what there is.
    assert 77.0 < tiers[1].entries["n"].seconds <= 86.4


@pytest.mark.parametrize(
    ("pattern", "key", "is_meant"),
    [
        ("*", "knowledge_points:a:1", True),
        ("paper_template:数学:*", "paper_template:数学:九年级:1", True),
        ("paper_template:数学:*", "paper_template:物理:九年级:1", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
    ],
)
def test_a_pattern_means_keys_as_a_shell_would(pattern: str, key: str, *, is_meant: bool) -> None:
    assert KeyPattern(pattern).matches(key) is is_meant
