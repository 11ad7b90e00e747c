"""What the commands ``journal``, ``record`` and ``left-out`` print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from app.record import journal_words
from app.record.section import Group
from app.storage.journal import Chain, Entry
from app.storage.left_out import Counted, LeftOut
from rules.model import Staff
from rules.rulebook import Rulebook

COLORS = {"observed": "blue", "decision": "cyan", "command": "green", "edited_later": "yellow", "error": "red"}


def journal_lines(entries: Sequence[Entry], book: Rulebook) -> Iterator[str]:
    """With rich markup; a sentence a line. The portal isn't asked, so people may be numbers."""
    for entry in entries:
        color = COLORS.get(entry.kind, "cyan")
        yield (
            f"{entry.at.astimezone():%d.%m.%Y %H:%M:%S} [{color}]{escape(journal_words.kind_in_words(entry))}[/] "
            f"[dim]{escape(entry.kind)}[/]"
        )
        yield from (f"    {escape(line)}" for line in journal_words.lines(entry, Staff(), book))


def chain_sentences(chain: Chain) -> Iterator[str]:
    """What a walk along the chain found."""
    if chain.broken is not None:
        bad = chain.broken
        cause = (
            "её содержание изменено после записи"
            if bad.altered
            else "запись перед ней удалена, вставлена или переписана"
        )
        yield (
            f"[bold red]Цепочка нарушена[/] на записи №{bad.id} от {bad.at.astimezone():%d.%m.%Y %H:%M:%S} "
            f"({escape(bad.key)}): {cause}. Целых записей до неё: {chain.entries}."
        )
    elif chain.newest is None:
        yield "В журнале ещё нет записей."
    else:
        yield f"Цепочка цела, записей: {chain.entries}. Последняя — №{chain.newest.id}, хэш {chain.newest.hash}"
    if (gone := chain.begins_after) is not None:
        yield (
            f"Начало журнала удалено по сроку хранения: записи по №{gone.through} от "
            f"{gone.at.astimezone():%d.%m.%Y %H:%M:%S}, хэш последней из них {gone.hash}. "
            "Об этом сказано в самом журнале."
        )
    if chain.holds is False:
        yield "[bold red]Записи с указанным хэшем нет[/]: конец журнала отрезан, журнал переписан, или база другая."
    elif chain.holds:
        yield "Запись с указанным хэшем на месте."


def is_sound(chain: Chain) -> bool:
    return chain.broken is None and chain.holds is not False


def left_out_table(counted: Sequence[Counted], titles: Mapping[str, str]) -> Table:
    table = Table("Портал", "Воронка", "Почему без разбора", "Сколько", "Последнее завершение")
    for each in counted:
        funnel = titles.get(each.funnel, each.funnel)
        when = f"{each.latest.astimezone():%d.%m.%Y}"
        table.add_row(escape(each.portal), escape(funnel), escape(each.reason), str(each.items), when)
    return table


def left_out_list(work: Sequence[LeftOut], titles: Mapping[str, str]) -> Table:
    table = Table("Портал", "Элемент", "Воронка", "Завершён", "Почему без разбора")
    for each in work:
        when = f"{each.closed_at.astimezone():%d.%m.%Y %H:%M}"
        funnel = titles.get(each.funnel, each.funnel)
        table.add_row(escape(each.portal), escape(each.key), escape(funnel), when, escape(each.reason))
    return table


def record_lines(groups: Sequence[Group]) -> Iterator[str]:
    """A record in short: what is there, and why the rest is not."""
    for group in groups:
        yield f"[bold]{escape(group.title)}[/]"
        for section in group.sections:
            if section.no_data:
                yield f"  [dim]{section.number:>4} {escape(section.title)}: нет данных — {escape(section.no_data)}[/]"
                continue
            rows = sum(len(table.rows) for table in section.tables)
            first = f": {' '.join(section.facts[0].text.split())[:80]}" if section.facts else ""
            counted = f" (строк в таблицах: {rows})" if rows else ""
            yield f"  [green]{section.number:>4}[/] {escape(section.title + first)}{counted}"
