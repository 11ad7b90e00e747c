"""``capa24 rules check | show``: what is wrong with a rulebook, and what it means."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from app.connecting import open_portal
from app.rulebook.against_portal import Finding, compare
from app.rulebook.screen import show
from app.settings import Settings, SettingsError, load_settings
from bitrix.errors import BitrixError
from rules import drawing
from rules.rulebook import BookFile, RulebookError, load_file

command = typer.Typer(no_args_is_help=True, help="Свод правил: проверить и показать.")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

BookPath = Annotated[
    Path | None, typer.Argument(metavar="[ФАЙЛ]", help="Свод правил; без него — тот, что назван в CAPA24_RULEBOOK.")
]


@command.command()
def check(
    file: BookPath = None,
    portal: Annotated[
        str | None,
        typer.Option("--portal", help="Имя портала из настроек: сверить с ним отделы, воронки, стадии, поля."),
    ] = None,
) -> None:
    """Прочитать свод правил и назвать каждую ошибку: файл, строка, что не так."""
    book_file = _read(file)
    if portal is not None:
        _check_against(portal, book_file)
    out.print(f"[green]Свод правил в порядке[/]: {escape(book_file.file)}, редакция {escape(book_file.book.version)}.")
    out.print(f"{drawing.counts(book_file.book)}.", soft_wrap=True)


@command.command("show")
def show_book(
    file: BookPath = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Напечатать схему Mermaid для документа.")] = False,
) -> None:
    """Нарисовать процесс: от завершённой работы до проверки результативности."""
    book = _read(file).book
    if mermaid:
        sys.stdout.write(drawing.mermaid(book))
    else:
        show(out, book)


def _read(file: Path | None) -> BookFile:
    path = file if file is not None else _settings().rulebook
    try:
        return load_file(path.read_text(encoding="utf-8"), str(file) if file is not None else path.name)
    except OSError as error:
        raise _refused(f"файл {path} не читается ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _refused(f"файл {path} не в кодировке UTF-8: сохраните его в UTF-8") from None
    except RulebookError as error:
        for problem in error.problems:
            err.print(str(problem), markup=False, soft_wrap=True)
        raise _refused(f"ошибок в своде правил: {len(error.problems)}") from None


def _check_against(name: str, book_file: BookFile) -> None:
    """Prints what the portal lacks. Raises typer.Exit when the service couldn't work with it."""
    settings = _settings()
    try:
        findings = asyncio.run(_compare(settings, name, book_file))
    except (SettingsError, BitrixError) as error:
        raise _refused(str(error)) from None
    for each in findings:
        mark = "замечание: " if each.remark else ""
        problem = book_file.problem(each.path, f"{mark}{each.sentence}")
        (out if each.remark else err).print(str(problem), markup=False, soft_wrap=True)
    mistakes = [each for each in findings if not each.remark]
    if mistakes:
        raise _refused(f"на портале «{name}» не хватает: {len(mistakes)}")
    out.print(f"Портал «{escape(name)}»: отделы, воронки, стадии и поля на месте.")


async def _compare(settings: Settings, name: str, book_file: BookFile) -> Sequence[Finding]:
    if name not in settings.portals:
        known = ", ".join(sorted(settings.portals)) or "ни одного"
        raise SettingsError(f"портала «{name}» нет в настройках; есть: {known}")
    async with open_portal(settings.portals[name]) as portal:
        return await compare(portal, book_file.book)


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise _refused(str(error)) from None


def _refused(sentence: str) -> typer.Exit:
    err.print(f"[bold red]Не получилось:[/] {escape(sentence)}", soft_wrap=True)
    return typer.Exit(1)
