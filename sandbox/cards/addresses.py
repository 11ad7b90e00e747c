"""Paths of pages, the same as on a portal: notifications, tasks and other people's code write them by heart.

Seen in the documentation: ``/crm/deal/details/123/``, ``/crm/type/128/details/3/``, ``/company/personal/user/1/``,
``/company/personal/user/1/tasks/task/view/3835/``, ``/workgroups/group/10/tasks/``. The rest is how cloud portals look
(unverified): ``/crm/deal/kanban/category/3/``, ``/stream/``, ``/company/personal/user/1/blog/5/``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.portal.crm.kinds import Kind
from sandbox.portal.portal import Portal

FEED = "/stream/"
NOTICES = "/online/"
COMPANY = "/company/"
GROUPS = "/workgroups/"
PERSON = "/_cards/person/"
CHANGES = "/_cards/changes/"
STATIC = "/_cards/static/"

SECTIONS = {1: "lead", 2: "deal", 3: "contact", 4: "company", 7: "quote"}
"""Types of objects with a section of their own; others are under ``/crm/type/``."""


@dataclass(frozen=True)
class Link:
    title: str
    href: str
    """Empty for what has no page."""


def section(kind: Kind) -> str:
    return f"/crm/{SECTIONS.get(kind.entity_type_id) or f'type/{kind.entity_type_id}'}/"


def item(kind: Kind, number: int) -> str:
    return f"{section(kind)}details/{number}/"


def board(kind: Kind, funnel_id: int) -> str:
    """The kanban of a funnel; objects without stages have a list only."""
    view = "kanban" if kind.has_stages else "list"
    return f"{section(kind)}{view}/category/{funnel_id}/" if kind.has_funnels else f"{section(kind)}{view}/"


def listing(kind: Kind, funnel_id: int) -> str:
    return f"{section(kind)}list/category/{funnel_id}/" if kind.has_funnels else f"{section(kind)}list/"


def person(user_id: int) -> str:
    return f"/company/personal/user/{user_id}/"


def tasks(user_id: int) -> str:
    return f"/company/personal/user/{user_id}/tasks/"


def task(user_id: int, task_id: int | str) -> str:
    """A task's card; the number of the person in it says whose list one came from."""
    return f"/company/personal/user/{user_id}/tasks/task/view/{task_id}/"


def new_task(user_id: int) -> str:
    return f"/company/personal/user/{user_id}/tasks/task/edit/0/"


def group(group_id: int) -> str:
    return f"/workgroups/group/{group_id}/"


def group_tasks(group_id: int) -> str:
    return f"/workgroups/group/{group_id}/tasks/"


def post(author_id: int, post_id: int) -> str:
    return f"/company/personal/user/{author_id}/blog/{post_id}/"


def application(application_id: int) -> str:
    return f"/marketplace/app/{application_id}/"


def of_code(portal: Portal, code: str) -> Link:
    """What ``D_5`` or ``T406_7`` points at."""
    found = portal.crm.item_of_code(code)
    return Link(code, "") if found is None else of_item(portal, found[0].entity_type_id, found[1].id)


def of_item(portal: Portal, entity_type_id: int, number: int) -> Link:
    """A link in words; of what is gone, or hidden from whoever acts, its kind and number."""
    if not portal.crm.exists(entity_type_id):
        return Link(f"№{number}", "")
    kind = portal.crm.kind(entity_type_id)
    found = portal.crm.items(entity_type_id).get(number)
    if found is None or not portal.crm.may_see((entity_type_id, number)):
        return Link(f"{kind.title} №{number}", "")
    return Link(title_of(kind, number, dict(found.values)), item(kind, number))


def title_of(kind: Kind, number: int, values: dict[str, object]) -> str:
    """People are called by their names, everything else by its title."""
    named = " ".join(str(values[name]) for name in ("name", "lastName") if values.get(name))
    return str(values.get("title") or "") or named or f"{kind.title} №{number}"
