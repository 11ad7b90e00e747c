"""The command ``capa24``. Every command explains its refusals and ends with 0 when it did what it was asked for."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from app.commands import (
    dashboard,
    dead_ends,
    evidence,
    exporting,
    keeping,
    looking,
    numbers,
    rebuilding,
    serving,
    setting_up,
)
from app.coverage.command import show_coverage
from app.rulebook.commands import command as rules_command

command = typer.Typer(no_args_is_help=True, add_completion=False, help="Корректирующие действия (CAPA) в Битрикс24.")
command.command()(serving.serve)
command.command()(serving.web)
command.command()(serving.work)
command.command()(keeping.backup)
command.command()(setting_up.provision)
command.command()(setting_up.doctor)
command.command("settings")(setting_up.show_settings)
command.command()(looking.once)
command.command()(looking.explain)
command.command()(evidence.journal)
command.command()(evidence.record)
command.command("left-out")(evidence.left_out)
command.command("coverage")(show_coverage)
command.command()(rebuilding.rebuild)
command.command()(dead_ends.stuck)
command.command()(dead_ends.retry)
command.command("points")(numbers.show_points)
command.command()(numbers.report)
command.command()(exporting.export)
command.command()(dashboard.dashboard)
command.add_typer(rules_command, name="rules")


def main() -> None:
    """The console command, with the commands that other packages offer. They are imported only when they are wanted."""
    if not _is_our_own(sys.argv[1:2]):
        for offered in entry_points(group="capa24.commands"):
            command.command(offered.name)(offered.load())
    command()


def _is_our_own(asked: list[str]) -> bool:
    commands = {each.name or each.callback.__name__ for each in command.registered_commands if each.callback}
    return bool({*asked} & (commands | {each.name for each in command.registered_groups}))


if __name__ == "__main__":
    main()
