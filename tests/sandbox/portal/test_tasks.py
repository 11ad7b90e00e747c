"""The state of tasks: what must hold whatever is done to them. Over HTTP: ``methods/test_tasks.py``."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sandbox.portal.clock import SERVER_ZONE, Clock
from sandbox.portal.conditions import read_conditions
from sandbox.portal.errors import RestError
from sandbox.portal.portal import Portal
from sandbox.portal.task_fields import read_fields
from sandbox.portal.task_rights import RULES
from sandbox.portal.task_search import filter_columns, find_tasks
from sandbox.portal.tasks import TRANSITIONS, NotAllowedError, ResultRequiredError, Status

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=SERVER_ZONE)

USERS = [1, 2, 3, 4]


def a_portal() -> Portal:
    """Administrator 1 heads the company, 2 a department with 3 in it; 4 stands alone. Group 1 has 2 and 4."""
    clock = Clock()
    clock.freeze(NOON)
    portal = Portal(clock=clock)
    sales = portal.staff.add_department("Продажи")
    for name in ("Борис", "Света"):
        portal.staff.add_user(name, departments=[sales.id])
    portal.staff.add_user("Олег")
    portal.staff.update_department(sales.id, head=2)
    portal.workgroups.add("Закупки", owner=2, members=[4])
    return portal


USER = st.sampled_from(USERS)
MOMENT = st.none() | st.integers(-100, 100).map(lambda hours: NOON + timedelta(hours=hours))
CODE = st.sampled_from(["D_1", "D_2", "T406_1", "Tb1_9"])

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Первая", "Вторая"]),
        "responsible": USER,
        "auditors": st.lists(USER, unique=True).map(tuple),
        "accomplices": st.lists(USER, unique=True).map(tuple),
        "group": st.sampled_from([0, 1]),
        "deadline": MOMENT,
        "bindings": st.lists(CODE, unique=True).map(tuple),
        "status": st.sampled_from(Status),
        "control": st.booleans(),
    },
)

FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "ID": st.lists(st.integers(1, 12), min_size=1),
        ">ID": st.integers(0, 12),
        "<=ID": st.integers(0, 12),
        "RESPONSIBLE_ID": USER,
        "CREATED_BY": USER,
        "AUDITOR": st.lists(USER, min_size=1),
        "GROUP_ID": st.sampled_from([0, 1]),
        "!GROUP_ID": st.sampled_from([0, 1]),
        "UF_CRM_TASK": st.lists(CODE, min_size=1),
        "!REAL_STATUS": st.sampled_from([2, 5]),
        ">=DEADLINE": MOMENT.map(lambda moment: moment.isoformat() if moment else ""),
        "<CHANGED_DATE": MOMENT.map(lambda moment: moment.isoformat() if moment else ""),
        ">CLOSED_DATE": MOMENT.map(lambda moment: moment.isoformat() if moment else ""),
    },
)


class LifeOfTasks(RuleBasedStateMachine):
    """Tasks are added, changed and deleted in any order; after every step the indexes must tell the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.portal = a_portal()

    @rule(created_by=USER, responsible=USER, changes=CHANGES)
    def add(self, created_by, responsible, changes):
        self.portal.tasks.add(**{"title": "Новая", "created_by": created_by, "responsible": responsible, **changes})

    @precondition(lambda self: len(self.portal.tasks))
    @rule(pick=st.integers(0), by=USER, changes=CHANGES)
    def update(self, pick, by, changes):
        task = self.pick(pick)
        self.portal.clock.advance(60)
        told = self.portal.journal.last

        changed = self.portal.tasks.update(task, changes, by=by)

        # nothing different, nothing said; and what was said once is not said twice
        assert (self.portal.journal.last > told) is changed
        settled = {name: value for name, value in changes.items() if name != "status"}
        assert self.portal.tasks.update(task, settled, by=by) is False

    @precondition(lambda self: len(self.portal.tasks))
    @rule(pick=st.integers(0), by=USER, action=st.sampled_from(sorted(TRANSITIONS)))
    def perform(self, pick, by, action):
        task = self.pick(pick)
        allowed = self.portal.tasks.rights.may(action, task, by)
        try:
            self.portal.tasks.perform(action, task, by=by)
        except NotAllowedError:
            assert not allowed
        else:
            assert allowed

    @precondition(lambda self: len(self.portal.tasks))
    @rule(pick=st.integers(0))
    def delete(self, pick):
        task = self.pick(pick)
        self.portal.tasks.delete(task, by=1)
        assert self.portal.tasks.get(task.id) is None

    @rule(user=USER, wanted=FILTERS)
    def search(self, user, wanted):
        columns = filter_columns(self.portal, user)
        prefixes = ("<=", ">=", "<", ">", "!")
        conditions = read_conditions(wanted, columns, prefixes)
        expected = [
            task.id
            for task in self.all_tasks()
            if self.portal.tasks.rights.may_read(task, user)
            and all(condition.test(columns[condition.name].read(task)) for condition in conditions)
        ]
        assert find_tasks(self.portal, user, wanted, [("ID", "ASC")]) == expected

    @invariant()
    def what_is_readable_is_what_may_be_read(self):
        for user in USERS:
            readable = self.portal.tasks.rights.readable(user)
            may_read = {task.id for task in self.all_tasks() if self.portal.tasks.rights.may_read(task, user)}
            assert (set(self.portal.tasks.ids()) if readable is None else readable) == may_read

    @invariant()
    def closed_means_completed(self):
        for task in self.all_tasks():
            assert (task.closed is not None) == (task.status is Status.COMPLETED)

    @invariant()
    def who_may_not_read_may_do_nothing(self):
        for task in self.all_tasks():
            for user in USERS:
                if not self.portal.tasks.rights.may_read(task, user):
                    assert not any(self.portal.tasks.rights.actions(task, user).values())

    def all_tasks(self):
        return [self.portal.tasks.get(number) for number in sorted(self.portal.tasks.ids())]

    def pick(self, number):
        tasks = self.all_tasks()
        return tasks[number % len(tasks)]


TestLifeOfTasks = LifeOfTasks.TestCase
TestLifeOfTasks.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)


def test_a_typing_error_in_a_seed_is_named():
    portal = a_portal()
    with pytest.raises(TypeError, match="deadlnie"):
        portal.tasks.add("x", responsible=1, deadlnie=NOON)
    with pytest.raises(TypeError, match="changed"):
        portal.tasks.update(portal.tasks.add("x", responsible=1), {"changed": NOON}, by=1)


def test_a_seed_may_begin_anywhere():
    task = a_portal().tasks.add("x", responsible=3, created_by=2, status=Status.COMPLETED)

    assert (task.status, task.closed, task.closed_by) == (Status.COMPLETED, NOON, 2)


def test_subtasks_follow_their_task_and_outlive_it():
    tasks = a_portal().tasks
    upper = tasks.add("Сверху", responsible=1, completes_with_subtasks=True)
    lower = tasks.add("Снизу", responsible=1, parent=upper.id)

    tasks.update(upper, {"status": Status.COMPLETED}, by=1)
    assert lower.status is Status.COMPLETED
    tasks.delete(upper, by=1)
    assert lower.parent == 0


class PickyCrm:
    """Accepts these bindings and no others."""

    def __init__(self, *codes: str) -> None:
        self._codes = codes

    def accepts_task_binding(self, code: str) -> bool:
        return code in self._codes


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["T406_24", "D_1"], ("T406_24", "D_1")),
        # a smart process without the setting: no error, no binding
        (["T500_1", "D_1"], ("D_1",)),
        (["T500_1"], ()),
        ("D_1", ("D_1",)),
        ("", ()),
        (False, ()),
        (["D_1", "D_1"], ("D_1",)),
    ],
)
def test_what_crm_does_not_accept_is_silently_dropped(sent, kept):
    portal = a_portal()
    portal.crm = PickyCrm("D_1", "T406_24")  # type: ignore[assignment]

    assert read_fields(portal, {"UF_CRM_TASK": sent}, None, by=1) == {"bindings": kept}


WORDS = st.text("аЯz059%_-,.: \x00", max_size=12)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)

FIELD_NAMES = [
    "TITLE", "DESCRIPTION", "RESPONSIBLE_ID", "CREATED_BY", "ACCOMPLICES", "AUDITORS", "STATUS", "PRIORITY", "MARK",
    "PARENT_ID", "GROUP_ID", "STAGE_ID", "DEADLINE", "START_DATE_PLAN", "END_DATE_PLAN", "XML_ID", "TAGS",
    "UF_CRM_TASK", "UF_TASK_WEBDAV_FILES", "DEPENDS_ON", "TASK_CONTROL", "TIME_ESTIMATE",
    "DURATION_PLAN", "SE_PARAMETER", "UF_ANY", "NO_SUCH_FIELD",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELD_NAMES), JSON_VALUES))
def test_nonsense_is_refused_or_understood_but_never_breaks(fields):
    portal = a_portal()
    task = portal.tasks.add("x", responsible=1)
    try:
        portal.tasks.update(task, read_fields(portal, fields, task, by=1), by=1)
    except (RestError, ResultRequiredError):
        assert task.version == 1
    assert portal.tasks.get(task.id) is task


def test_every_action_has_its_rule():
    assert set(TRANSITIONS) <= set(RULES)
