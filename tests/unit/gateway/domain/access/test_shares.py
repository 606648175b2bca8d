"""The backlog is shared: a tenant can fill all of it, and still keeps nobody else out."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.access.shares import is_over_share

TENANTS = st.sampled_from("abcdef")


def test_alone_a_tenant_has_all_of_it() -> None:
    assert not is_over_share({"a": 9}, "a", 10)
    assert is_over_share({"a": 10}, "a", 10)


def test_beside_one_who_fills_it_another_has_its_half() -> None:
    assert not is_over_share({"a": 10}, "b", 10)
    assert not is_over_share({"a": 10, "b": 4}, "b", 10)
    assert is_over_share({"a": 10, "b": 5}, "b", 10)
    assert is_over_share({"a": 10, "b": 4}, "a", 10)


def test_everybody_may_have_one() -> None:
    assert not is_over_share({"a": 1, "b": 1, "c": 1}, "d", 2)


@given(st.lists(TENANTS, max_size=400), st.integers(1, 60))
def test_whoever_comes_in_what_order_the_backlog_is_bounded(asking: list[str], limit: int) -> None:
    waiting: dict[str, int] = {}
    for tenant in asking:
        if not is_over_share(waiting, tenant, limit):
            waiting[tenant] = waiting.get(tenant, 0) + 1
    tenants = len(waiting)
    assert sum(waiting.values()) <= limit * sum(1 / n for n in range(1, tenants + 1)) + tenants
    assert max(waiting.values(), default=0) <= limit
