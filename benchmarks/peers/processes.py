"""CPU time of processes and of all that they start."""

from collections.abc import Mapping

import psutil


def cpu_seconds(roots: Mapping[str, list[int]]) -> dict[str, float]:
    """What the trees below ``roots`` (process ids) have used so far, by name."""
    return {name: sum(map(_of_tree, pids)) for name, pids in roots.items()}


def _of_tree(pid: int) -> float:
    total = 0.0
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.Error:
        return total
    for process in tree:
        try:
            used = process.cpu_times()
        except psutil.Error:
            continue
        # Of children that have ended, what their parent waited for.
        total += used.user + used.system + used.children_user + used.children_system
    return total
