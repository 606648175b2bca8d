"""A migration leaves room for the code before it: both run together during an update."""

import ast
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

VERSIONS = Path(__file__).parents[2] / "shared" / "db" / "migrations" / "versions"
MIGRATIONS = sorted(VERSIONS.glob("[0-9]*.py"))
#: They index tables in the middle of other changes. No table was large when they ran.
BEFORE_THE_FIRST_RELEASE = {"0004_webhooks_and_audit", "0011_duplicates"}
#: What the code of the version before does not notice.
ADDITIVE = {
    "add_column",
    "create_check_constraint",
    "create_foreign_key",
    "create_index",
    "create_table",
    "create_table_comment",
    "drop_constraint",
    "execute",
    "f",
}
#: Changes rows in a way that the code before does not notice: it leaves scopes aside that it does
#: not know, and there are few keys.
UNNOTICED = {"scope_of_urgent_work"}


def _operations(path: Path) -> list[ast.Call]:
    """Every ``op.name(...)`` that the migration's ``upgrade`` calls."""
    module = ast.parse(path.read_text())
    (upgrade,) = (n for n in module.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade")
    return [
        node
        for node in ast.walk(upgrade)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "op"
    ]


def _name(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_only_adds(path: Path) -> None:
    assert {_name(call) for call in _operations(path)} <= ADDITIVE


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_older_code_can_insert_rows_without_the_columns_it_does_not_know(path: Path) -> None:
    for call in _operations(path):
        if _name(call) == "add_column":
            column = call.args[1]
            assert isinstance(column, ast.Call)
            given = {k.arg: ast.unparse(k.value) for k in column.keywords}
            assert "server_default" in given or given.get("nullable", "True") == "True"


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_nothing_is_dropped_but_a_check_which_older_code_does_not_miss(path: Path) -> None:
    for call in _operations(path):
        if _name(call) == "drop_constraint":
            kinds = [ast.unparse(k.value) for k in call.keywords if k.arg == "type_"]
            assert kinds == ["'check'"]


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_plain_sql_in_a_migration_only_adds(path: Path) -> None:
    for call in _operations(path):
        if _name(call) == "execute":
            (statement,) = (ast.unparse(argument).strip("\"' \\n") for argument in call.args)
            is_known = path.stem.partition("_")[2] in UNNOTICED
            assert is_known or statement.split()[0] in {"CREATE", "COMMENT", "INSERT"}, statement


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_an_index_on_a_table_in_use_is_built_beside_the_work(path: Path) -> None:
    """A plain CREATE INDEX stops every writer for minutes on a large table."""
    calls = _operations(path)
    made = {ast.unparse(call.args[0]) for call in calls if _name(call) == "create_table"}
    indexed = {ast.unparse(call.args[1]) for call in calls if _name(call) == "create_index"}
    assert not indexed - made or path.stem in BEFORE_THE_FIRST_RELEASE


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_that_builds_an_index_beside_the_work_does_nothing_else(path: Path) -> None:
    """It cannot be taken back by a transaction, so it must be harmless to begin it again."""
    assert "concurrently.create_index" not in path.read_text() or not _operations(path)


def test_migrations_are_one_line_of_descent() -> None:
    """In the order in which they were merged; numbers may be left out, but none is given twice."""
    line = list(ScriptDirectory(str(VERSIONS.parent)).walk_revisions())
    assert [script.down_revision for script in line] == [*(s.revision for s in line[1:]), None]
    numbers = [path.stem.partition("_")[0] for path in MIGRATIONS]
    assert sorted(script.revision for script in line) == numbers
