"""The ``examlens`` command."""

import typer

from examlens.commands import (
    bank,
    batches,
    cache,
    evaluate,
    exams,
    operations,
    queues,
    serving,
    steering,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Read, score and diagnose completed exam papers.",
)
for command in (
    serving.serve,
    serving.demo,
    exams.submit,
    batches.submit_batch,
    batches.batch,
    batches.cancel_batch,
    exams.status,
    exams.result,
    exams.exams,
    steering.cancel,
    steering.retry,
    queues.queues,
    queues.workers,
):
    app.command()(command)
app.add_typer(evaluate.evaluate, name="evaluate")
app.add_typer(bank.bank, name="bank")
app.add_typer(bank.tagger, name="tagger")
app.add_typer(bank.taxonomy, name="taxonomy")
app.add_typer(cache.cache, name="cache")
app.add_typer(operations.keys, name="keys")
app.add_typer(operations.tenants, name="tenants")
app.add_typer(operations.dead_letters, name="dead-letters")


def main() -> None:
    """Entry point of the console script."""
    app()
