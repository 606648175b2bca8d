"""What a service's code does, found in its syntax trees: whom it calls, what it does with files."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shared.contract.services import BlobAccess, Peer, Service

ROOT = Path(__file__).parents[2]
#: What opens a way to a peer, by the place where it stands. Nothing else may; a test sees to it.
DOORS: dict[str, Peer] = {
    "shared.messaging.broker.build_broker": Peer.BROKER,
    "shared.webhooks.sender.HttpSender": Peer.RECEIVERS,
    "shared.redis_client.open_redis": Peer.CACHE,
    "services.diagnose.adapters.model.transport.ChatTransport": Peer.MODEL,
}
#: Modules that reach what every process has: the blob store, a collector of traces, itself.
EVERYBODYS = frozenset(
    {
        "shared.storage.blobs",
        "shared.storage.bucket",
        "shared.observability.tracing",
        "shared.observability.probe",
    }
)
#: Libraries that connect to something other than PostgreSQL, which every service has.
_CONNECTING = (
    *("aiohttp", "http.client", "httpcore", "httpx", "httpx2", "requests", "urllib3"),
    *("aio_pika", "kombu", "pika", "redis", "smtplib"),
    *("boto3", "grpc", "obstore", "opentelemetry.exporter"),
)
#: Functions that do so with the standard library alone.
_DIALLING = frozenset(
    {"open_connection", "open_unix_connection", "create_connection", "urlopen", "sock_connect"}
)
READING = frozenset({"read", "fetch", "has", "folders", "changed_at"})
CHANGING = frozenset({"write", "write_stream", "delete_prefix"})
#: What anything that holds a blob store is called; a test sees to it.
BLOB_NAMES = frozenset({"blobs", "_blobs"})


def own_modules() -> Iterator[str]:
    """Every module that can get into an image."""
    for top in ("services", "shared"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def _path(module: str) -> Path | None:
    base = ROOT / module.replace(".", "/")
    found = (path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file())
    return next(found, None)


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of one of our modules."""
    path = _path(module)
    assert path is not None, module
    return ast.parse(path.read_text())


@cache
def imports(module: str) -> frozenset[str]:
    """Every module that ``module`` may import, and every name of one, each with its full path."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


@cache
def code_of(service: Service) -> frozenset[str]:
    """The modules of its folder, and of ours all that they import, one through the other."""
    folder = f"services.{service.name}."
    # A package is started by its __main__.
    started = (service.module, f"{service.module}.__main__")
    waiting = [*started, *(name for name in own_modules() if name.startswith(folder))]
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module not in found and module.startswith(("services.", "shared.")) and _path(module):
            found.add(module)
            waiting.extend(imports(module))
    return frozenset(found)


@cache
def _calls(module: str) -> tuple[ast.Call, ...]:
    return tuple(node for node in ast.walk(tree(module)) if isinstance(node, ast.Call))


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def connects(module: str) -> bool:
    """Whether ``module`` imports or calls what opens connections."""
    libraries = imports(module)
    return any(
        name == library or name.startswith(f"{library}.")
        for name in libraries
        for library in _CONNECTING
    ) or any(_last_name(call.func) in _DIALLING for call in _calls(module))


def peers_of(service: Service) -> set[Peer]:
    """Whom it opens a way to: the doors that its code both imports and calls."""
    found = set()
    for module in code_of(service):
        called = {_last_name(call.func) for call in _calls(module)}
        for door, peer in DOORS.items():
            if door in imports(module) and door.rpartition(".")[2] in called:
                found.add(peer)
    return found


def blob_access_of(service: Service) -> BlobAccess:
    """What its code asks of anything that is called a blob store."""
    asked = {
        call.func.attr
        for module in code_of(service)
        for call in _calls(module)
        if isinstance(call.func, ast.Attribute) and _last_name(call.func.value) in BLOB_NAMES
    }
    assert asked <= READING | CHANGING, asked
    if asked & CHANGING:
        return BlobAccess.WRITE
    return BlobAccess.READ if asked else BlobAccess.NONE


def names_of_blob_stores(module: str) -> Iterator[str]:
    """What parameters, fields and variables are called that hold a blob store."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.arg) and node.annotation is not None:
            if _last_name(node.annotation) == "BlobStore":
                yield node.arg
        elif isinstance(node, ast.AnnAssign) and _last_name(node.annotation) == "BlobStore":
            yield _last_name(node.target)
        elif isinstance(node, ast.Assign):
            yield from _names_assigned(node)


def _names_assigned(node: ast.Assign) -> Iterator[str]:
    """The names in an assignment whose value is a blob store: one that is opened, or passed on."""
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=True))
        for to, value in pairs:
            is_opened = isinstance(value, ast.Call) and _last_name(value.func) == "open_blob_store"
            if is_opened or _last_name(value) in BLOB_NAMES:
                yield _last_name(to)
