"""Topic levels of a labelled question: routes such as ``a->b->c`` become a module and a leaf."""

from dataclasses import dataclass, field

_WRAPPERS = {"知识标签", "Overseas Competition", "Knowledge Point", "Overseas In-curriculum"}
#: Tags of abilities and habits of thought: no knowledge points.
_ABILITIES = {"能力", "思想", "学习能力", "七大能力", "核心素养", "数学思想", "方法思想"}
_MODULE_ENDS = ("模块", "Modules")


@dataclass(frozen=True, slots=True)
class Topic:
    """The coarse and the fine level of one route, and everything above the leaf."""

    module: str
    leaf: str
    ancestors: tuple[str, ...] = field(default=(), compare=False)


def topic_of(route: str) -> Topic | None:
    """The levels of ``route``; None for ability tags and for a route that is only wrappers.

    The module is the first part that ends in 模块 or Modules, else the first two parts joined.
    """
    parts = [part.strip() for part in route.split("->") if part.strip()]
    if any(part in _ABILITIES for part in parts):
        return None
    parts = [part for part in parts if part not in _WRAPPERS]
    if len(parts) > 1 and parts[0] == parts[1]:
        parts = parts[1:]
    if not parts:
        return None
    module = next((part for part in parts if part.endswith(_MODULE_ENDS)), "->".join(parts[:2]))
    return Topic(module, parts[-1], tuple(parts[:-1]))
