"""Every regular expression of the tree: what modules hold, and what is written at its call."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import examlens
import services
import shared

_CALLS = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}


def expressions() -> dict[tuple[str, int], str]:
    """By expression and flags: the module that uses it."""
    found: dict[tuple[str, int], str] = {}
    for package in (shared, services, examlens):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if info.name.endswith((".__main__", ".migrations.env")) or ".versions" in info.name:
                continue  # imported, they run
            module = importlib.import_module(info.name)
            held = {(one.pattern, one.flags) for one in _held(vars(module), 3)}
            for key in held | set(_written(module)):
                found.setdefault(key, info.name)
    return found


def _held(value: Any, depth: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth and isinstance(value, dict):
        for part in list(value.values()):
            yield from _held(part, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for part in list(value):
            yield from _held(part, depth - 1)


def _written(module: ModuleType) -> Iterator[tuple[str, int]]:
    if module.__file__ is None:
        return
    with open(module.__file__, encoding="utf-8") as source:  # noqa: PTH123 - a module's own file
        tree = ast.parse(source.read())
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _CALLS
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.args[0].value, re.compile(node.args[0].value).flags
