"""``python -m sandbox.coverage page`` prints ``sandbox/COVERAGE.md`` anew; ``gather`` reads the documentation anew."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import typer

from sandbox.coverage.built import built_methods
from sandbox.coverage.gather import gather as gather_facts
from sandbox.coverage.page import PAGE, coverage_page
from sandbox.coverage.recorded import recorded_shapes

commands = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@commands.command()
def page() -> None:
    """Write sandbox/COVERAGE.md."""
    PAGE.write_text(coverage_page(), encoding="utf-8")


@commands.command()
def gather(
    docs: Annotated[Path, typer.Option(help="a checkout of github.com/bitrix-tools/b24-rest-docs")],
    recordings: Annotated[Path, typer.Option(help="a checkout of github.com/leshchenko1979/fast_bitrix24")],
    commit: Annotated[str, typer.Option(help="of the documentation; asked of git unless given")] = "",
) -> None:
    """Read the facts of every section that has a built method, then write sandbox/COVERAGE.md."""
    gather_facts(docs, commit or head_of(docs), [one.key for one in built_methods()], recorded_shapes(recordings))
    page()


def head_of(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


if __name__ == "__main__":
    commands()
