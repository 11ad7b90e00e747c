"""How few tasks a list looks at. What it finds is in ``methods/test_tasks.py`` and ``test_tasks.py``."""

from __future__ import annotations

import pytest

from sandbox.portal.conditions import read_conditions
from sandbox.portal.portal import Portal
from sandbox.portal.task_search import PREFIXES, filter_columns, narrow


@pytest.fixture(scope="module")
def portal():
    """A thousand tasks of ten people, in fifty groups, one a minute; task 7 was touched last."""
    portal = Portal()
    for number in range(9):
        portal.staff.add_user(f"{number}")
    for number in range(1000):
        portal.tasks.add(
            f"{number}",
            responsible=number % 10 + 1,
            created_by=1,
            group=number % 50,
            bindings=(f"D_{number}",),
            parent=number if number % 100 == 99 else 0,
        )
        portal.clock.advance(60)
    portal.tasks.update(portal.tasks.get(7), {"title": "Семь"}, by=1)
    return portal


def since(portal, minutes):
    """A moment this long before the last task was added."""
    return portal.tasks.get(1000 - minutes).created.isoformat()


@pytest.mark.parametrize(
    ("wanted", "at_most"),
    [
        ({"ID": 5}, 1),
        ({"ID": [5, 6, 7]}, 3),
        ({">ID": 990}, 11),
        ({">ID": 400, "<=ID": 410}, 601),
        ({"UF_CRM_TASK": "D_41"}, 1),
        ({"UF_CRM_TASK": ["D_41", "d_42"]}, 2),
        ({"GROUP_ID": 3}, 20),
        ({"RESPONSIBLE_ID": 4}, 100),
        ({"PARENT_ID": 100}, 1),
        # the sweep's question: what changed lately
        ({">=CHANGED_DATE": 5}, 7),
        ({">=CREATED_DATE": 5}, 6),
        ({">=CLOSED_DATE": 5}, 0),
        # the narrowest of several decides
        ({"RESPONSIBLE_ID": 4, "GROUP_ID": 3}, 20),
        ({"GROUP_ID": 3, ">ID": 998}, 3),
        # nothing an index knows about
        ({"TITLE": "5"}, 1000),
        ({"!GROUP_ID": 3}, 1000),
    ],
)
def test_an_index_keeps_the_look_small(portal, wanted, at_most):
    wanted = {name: since(portal, value) if name.endswith("_DATE") else value for name, value in wanted.items()}
    conditions = read_conditions(wanted, filter_columns(portal, 1), PREFIXES)

    assert len(list(narrow(portal, conditions, None))) <= at_most


def test_what_a_user_may_see_narrows_too(portal):
    readable = portal.tasks.rights.readable(5)

    assert readable is not None
    assert len(list(narrow(portal, [], readable))) == len(readable) == 100
