"""The older lists on many items look at no more of them than they have to."""

from __future__ import annotations

import pytest

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.legacy.declarations import CONTACT_ENTITY, DEAL_ENTITY
from sandbox.portal.crm.legacy.schemas import older_schema
from sandbox.portal.portal import Portal


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ({"ID": 1}, "id"),
        ({"@ID": [1, 2]}, "id"),
        ({">ID": 5}, "id"),
        ({"CATEGORY_ID": 0}, "categoryId"),
        ({"STAGE_ID": "NEW"}, "stageId"),
        ({"ASSIGNED_BY_ID": 1}, "assignedById"),
        ({">=DATE_MODIFY": "2026-01-15"}, "updatedTime"),
        ({">=MOVED_TIME": "2026-01-15"}, "movedTime"),
        ({"ORIGIN_ID": "x"}, "originId"),
    ],
)
def test_filters_ask_the_indexes_of_the_newer_lists(portal, sent, key):
    wanted = older_schema(portal.crm, DEAL_ENTITY).filter(sent)
    assert [condition.key for condition in wanted.required] == [key]


def test_contact_points_have_one_index_for_all_types(portal):
    schema = older_schema(portal.crm, CONTACT_ENTITY)
    wanted = schema.filter({"PHONE": "+7999", "EMAIL": "a@example.com"})
    assert [condition.key for condition in wanted.required] == ["fm", "fm"]
    keys = {condition.column.values.key for condition in wanted.required}
    assert len(keys) == 1


def test_a_page_without_counting_reads_one_page(portal):
    """Rows behind the page are never looked at: they would not survive it."""
    deals = portal.crm.items(2)
    for number in range(1, 120):
        deals.add(Item(number, {"title": "x"}))
    schema = older_schema(portal.crm, DEAL_ENTITY)
    looked: list[int] = []
    wanted = schema.filter({">ID": 10, "%TITLE": "x"})
    counting = type(wanted)(lambda item: looked.append(item.id) or wanted.matches(item), parts=wanted.parts)
    found = deals.search(counting, [("ID", "ASC")], schema.columns, -1, 50)
    assert (found.items[0].id, len(found.items), len(looked)) == (11, 50, 50)


def test_the_older_look_is_made_once_and_anew_when_fields_change(portal):
    first = older_schema(portal.crm, DEAL_ENTITY)
    assert older_schema(portal.crm, DEAL_ENTITY) is first
    portal.crm.configured()
    assert older_schema(portal.crm, DEAL_ENTITY) is not first
