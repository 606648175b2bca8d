"""Sharing the backlog among tenants: nobody can fill it for all."""

from collections.abc import Mapping


def is_over_share(unfinished: Mapping[str, int], tenant_id: str, limit: int) -> bool:
    """Whether a tenant has to wait: the backlog is full, and its own work is an equal part of it.

    Alone, a tenant may use all of ``limit``. One that comes later still gets as much as if they had
    shared from the start; so with n tenants at most ``limit * (1 + 1/2 + ... + 1/n)`` exams wait.
    """
    if sum(unfinished.values()) < limit:
        return False
    tenants = len(unfinished.keys() | {tenant_id})
    return unfinished.get(tenant_id, 0) >= max(limit // tenants, 1)
