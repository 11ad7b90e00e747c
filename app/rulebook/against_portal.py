"""Does the portal have what the rulebook names? Departments with heads, funnels, stages, fields. Reads only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.provision.blueprint import WantedSource, blueprint_of
from app.provision.sources import StandingSource, read_sources
from app.provision.standing import read_staff
from bitrix.calls.items import item_fields
from bitrix.client import Portal
from rules.model import Staff
from rules.rulebook import Rulebook

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """Where in the rulebook, and what is wrong; a remark doesn't keep the service from working."""

    path: Path
    sentence: str
    remark: bool = False


async def compare(portal: Portal, book: Rulebook) -> tuple[Finding, ...]:
    """Everything that the portal lacks, in the order of the rulebook's sections. Raises BitrixError."""
    wanted = blueprint_of(book).sources
    staff, funnels = await asyncio.gather(
        read_staff(portal),
        asyncio.gather(*(_funnel(portal, book, index, each) for index, each in enumerate(wanted))),
    )
    return (*_departments(book, staff), *_inspectors(book, staff), *(each for found in funnels for each in found))


# --- Company structure -----------------------------------------------------------------------------------------------


def _departments(book: Rulebook, staff: Staff) -> Iterator[Finding]:
    """Every department named exists, and those whose head has a duty have one."""
    yield from _department(staff, ("quality", "department"), book.quality.department)
    for code, role in book.roles.items():
        if role.head_of is not None:
            yield from _headed(staff, ("roles", code, "head_of"), role.head_of)
        if role.person is not None:
            yield from _named(staff, ("roles", code, "person"), role.person)
    for code, each in book.departments.items():
        yield from _headed(staff, ("departments", code, "department"), each.department)
    for index, funnel in enumerate(book.funnels):
        for position, name in enumerate(funnel.news_for):
            yield from _department(staff, ("funnels", index, "news_for", position), name)


def _department(staff: Staff, path: Path, name: str) -> Iterator[Finding]:
    if staff.department_named(name) is None:
        known = ", ".join(sorted(each.name for each in staff.departments.values())) or "ни одного"
        yield Finding(path, f"отдела «{name}» нет в структуре компании; есть: {known}")


def _headed(staff: Staff, path: Path, name: str) -> Iterator[Finding]:
    yield from _department(staff, path, name)
    department = staff.department_named(name)
    if department is None or staff.is_active(department.head_id):
        return
    above = staff.head_above(department)
    if above is None:
        yield Finding(
            path, f"у отдела «{name}» и у отделов над ним нет руководителя: назначьте его в структуре компании"
        )
    else:
        stands_in = staff.name_of(above)
        yield Finding(path, f"у отдела «{name}» нет руководителя: за него решает {stands_in}", remark=True)


def _named(staff: Staff, path: Path, name: str) -> Iterator[Finding]:
    """One person, and one only, bears this name and works here."""
    person = staff.person_named(name)
    if person is None:
        yield Finding(path, f"сотрудника «{name}» на портале нет: напишите имя и фамилию, как в его карточке")
    elif not person.active:
        yield Finding(path, f"{person.name} больше не работает: назовите другого сотрудника")
    elif any(each.active and each.id != person.id and each.name == person.name for each in staff.people.values()):
        yield Finding(path, f"сотрудников с именем «{name}» несколько: сервис выберет №{person.id}", remark=True)


def _inspectors(book: Rulebook, staff: Staff) -> Iterator[Finding]:
    name = book.quality.department
    department = staff.department_named(name)
    if department is None:
        return
    members = staff.members_of(name)
    if not members:
        yield Finding(("quality", "department"), f"в отделе «{name}» никого нет: разбирать некому")
    elif members == (department.head_id,):
        alone = f"в отделе «{name}» только руководитель: разбирать будет он сам"
        yield Finding(("quality", "department"), alone, remark=True)


# --- Funnels ---------------------------------------------------------------------------------------------------------


async def _funnel(portal: Portal, book: Rulebook, index: int, wanted: WantedSource) -> tuple[Finding, ...]:
    """The funnel and its stages, then the fields that its conditions name."""
    sources, problems = await read_sources(portal, (wanted,))
    found = [Finding(("funnels", index, _part(problem)), problem) for problem in problems]
    conditions = book.funnels[index].only_if
    if wanted.code in sources and conditions:
        known = await _field_titles(portal, sources[wanted.code])
        found += [
            Finding(
                ("funnels", index, "only_if", position, "field"),
                f"поля «{each.field}» в карточке нет; имена полей с названиями: {_listed(known)}",
            )
            for position, each in enumerate(conditions)
            if each.field not in known
        ]
    return tuple(found)


def _part(problem: str) -> str:
    return "final_stages" if problem.startswith("стадии") else "source"


async def _field_titles(portal: Portal, source: StandingSource) -> Mapping[str, str]:
    fields = await portal.send(item_fields(source.entity_type_id))
    return {name: each.title for name, each in fields.items()}


def _listed(fields: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({title})" for name, title in sorted(fields.items())) or "ничего"
