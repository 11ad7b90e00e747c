"""``main.eventlog.*``: the event log, for administrators (api-reference/event-log/)."""

from __future__ import annotations

from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.entities import Viewer
from sandbox.portal.rest3.event_log_entity import ENTRY
from sandbox.portal.rest3.filters import Condition, Group, Part, read_filter
from sandbox.portal.rest3.ordering import arranged, read_cursor, read_order, read_page
from sandbox.portal.rest3.query import Query
from sandbox.portal.rest3.refusals import access_denied, invalid_filter, not_found
from sandbox.portal.rest3.registry import (
    CURSOR,
    FILTER,
    ID,
    PAGINATION,
    item_of,
    items_of,
    order_of,
    rest3_method,
    select_of,
)
from sandbox.portal.rest3.selection import project, read_select

DOCS = "api-reference/event-log/main-eventlog"


@rest3_method(
    "main.eventlog.list",
    scope="main",
    docs=f"{DOCS}-list.md",
    takes=(select_of(ENTRY), FILTER, order_of(ENTRY), PAGINATION),
    answers=items_of(ENTRY),
    entities=(ENTRY,),
)
def list_entries(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_administrator(portal, caller)
    viewer = Viewer(portal, caller.user_id)
    selection = read_select(ENTRY, query.get("select"))
    wanted = read_filter(ENTRY, query.get("filter"))
    ways = read_order(ENTRY, query.get("order"))
    page = read_page(query.get("pagination"))
    found = arranged([one for one in portal.rest3.event_log.all() if wanted.fits(viewer, one)], ways, viewer)
    return {"items": [project(ENTRY, selection, viewer, one) for one in page.of(found)]}


@rest3_method(
    "main.eventlog.get",
    scope="main",
    docs=f"{DOCS}-get.md",
    takes=(ID, select_of(ENTRY)),
    answers=item_of(ENTRY),
    entities=(ENTRY,),
)
def get_entry(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_administrator(portal, caller)
    number = query.require_int("id")
    selection = read_select(ENTRY, query.get("select"))
    entry = portal.rest3.event_log.get(number)
    if entry is None:
        raise not_found(number)
    return {"item": project(ENTRY, selection, Viewer(portal, caller.user_id), entry)}


@rest3_method(
    "main.eventlog.tail",
    scope="main",
    docs=f"{DOCS}-tail.md",
    takes=(select_of(ENTRY), FILTER, CURSOR),
    answers=items_of(ENTRY),
    entities=(ENTRY,),
)
def tail_entries(portal: Portal, caller: Caller, query: Query) -> JSON:
    """What came behind the cursor. Its field must not be in the filter as well."""
    require_administrator(portal, caller)
    viewer = Viewer(portal, caller.user_id)
    selection = read_select(ENTRY, query.get("select"))
    wanted = read_filter(ENTRY, query.get("filter"))
    cursor = read_cursor(ENTRY, query.get("cursor"))
    if mentions(wanted, cursor.way.field.name):
        raise invalid_filter(f"Cursor field {cursor.way.field.name} cannot be used at filter.")
    entries = portal.rest3.event_log.all()
    found = [one for one in entries if cursor.follows(viewer, one) and wanted.fits(viewer, one)]
    shown = arranged(found, [cursor.way], viewer)[: cursor.limit]
    return {"items": [project(ENTRY, selection, viewer, one) for one in shown]}


def mentions(part: Part, name: str) -> bool:
    if isinstance(part, Condition):
        return part.field.name == name
    return isinstance(part, Group) and any(mentions(inner, name) for inner in part.parts)


def require_administrator(portal: Portal, caller: Caller) -> None:
    if not caller.admin:
        raise access_denied()
