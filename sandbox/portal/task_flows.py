"""``portal.tasks.flows``: flows, which take tasks in and hand them out (api-reference/tasks/flow/).

A flow keeps its settings here. Handing its tasks out, and the warnings about queues and efficiency, are not simulated:
a task of a flow has the responsible it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

DISTRIBUTIONS = ("manually", "queue", "himself")

Members = tuple[tuple[str, str], ...]
"""``(("user", "3"), ("department", "17:F"))``: without ``:F`` a department counts with all below it."""

EVERYBODY: Members = (("meta-user", "all-users"),)


class NameTakenError(Exception):
    """There is a flow of this name already."""


@dataclass
class Flow:
    id: int
    name: str
    creator: int
    owner: int
    group: int
    planned_seconds: int
    distribution: str
    responsible: Members
    activity: datetime
    description: str = ""
    template: int = 0
    creators: Members = EVERYBODY
    active: bool = True
    match_work_time: bool = True
    responsible_can_change_deadline: bool = False
    notify_at_half_time: bool = False
    control: bool = False
    queue_overflow: int | None = None
    progress_overflow: int | None = None
    efficiency_decrease: int | None = None


class TaskFlows:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._flows: dict[int, Flow] = {}
        self._pinned: set[tuple[int, int]] = set()
        """Pairs of a flow and the user who pinned it."""

    def get(self, flow_id: int) -> Flow | None:
        return self._flows.get(flow_id)

    def named(self, name: str, *, but: int = 0) -> Flow | None:
        """A flow of this name other than the flow ``but``."""
        return next((flow for flow in self._flows.values() if flow.name == name and flow.id != but), None)

    def create(
        self,
        name: str,
        *,
        by: int,
        planned_seconds: int,
        distribution: str,
        responsible: Members,
        owner: int = 0,
        group: int = 0,
        **fields: object,
    ) -> Flow:
        """Without a group one is made, called as the flow, of its creator, its owner and its team. Raises
        ``NameTakenError``."""
        if self.named(name) is not None:
            raise NameTakenError(name)
        owner = owner or by
        flow = Flow(
            id=self._portal.next_id("task_flow"),
            name=name,
            creator=by,
            owner=owner,
            group=group,
            planned_seconds=planned_seconds,
            distribution=distribution,
            responsible=responsible,
            activity=self._portal.clock.now(),
        )
        for attribute, value in fields.items():
            setattr(flow, attribute, value)
        if not group:
            members = self.people(flow.responsible) | {by, owner}
            flow.group = self._portal.workgroups.add(name, owner=owner, members=sorted(members)).id
        self._flows[flow.id] = flow
        self._portal.changed("task_flow.add", id=flow.id, by=by)
        return flow

    def update(self, flow: Flow, changes: Mapping[str, object], *, by: int) -> None:
        """New values by the attributes of ``Flow``. Raises ``NameTakenError``."""
        name = changes.get("name")
        if isinstance(name, str) and self.named(name, but=flow.id) is not None:
            raise NameTakenError(name)
        for attribute, value in changes.items():
            setattr(flow, attribute, value)
        flow.activity = self._portal.clock.now()
        self._portal.changed("task_flow.update", id=flow.id, by=by)

    def delete(self, flow: Flow, *, by: int) -> None:
        """Its group and its tasks stay."""
        del self._flows[flow.id]
        self._pinned = {(flow_id, user_id) for flow_id, user_id in self._pinned if flow_id != flow.id}
        self._portal.changed("task_flow.delete", id=flow.id, by=by)

    def toggle_pin(self, flow: Flow, user_id: int) -> bool:
        """Whether it is pinned now."""
        self._pinned ^= {(flow.id, user_id)}
        return (flow.id, user_id) in self._pinned

    def people(self, members: Members) -> set[int]:
        """Ids of the users these codes mean; everybody is nobody in particular."""
        staff = self._portal.staff
        found: set[int] = set()
        for kind, code in members:
            number = code.removesuffix(":F")
            if not number.isdigit():
                continue
            if kind == "user" and staff.user(int(number)) is not None:
                found.add(int(number))
            elif kind == "department":
                found |= set(staff.people_in(int(number)) if code.endswith(":F") else staff.people_below(int(number)))
        return found

    def team(self, flow: Flow) -> Members:
        """With a moderator everybody else of the group, otherwise those who get the tasks."""
        if flow.distribution != "manually":
            return flow.responsible
        group = self._portal.workgroups.get(flow.group)
        moderators = self.people(flow.responsible)
        return tuple(("user", str(member)) for member in (group.members if group else ()) if member not in moderators)

    def may_see(self, flow: Flow, user_id: int) -> bool:
        """Those who run it, its team, and whoever may put a task into it."""
        open_to_all = any(kind == "meta-user" for kind, _ in flow.creators)
        people = self.people((*flow.responsible, *flow.creators, *self.team(flow)))
        return self.may_change(flow, user_id) or open_to_all or user_id in people

    def may_change(self, flow: Flow, user_id: int) -> bool:
        return self._portal.staff.is_admin(user_id) or user_id in (flow.creator, flow.owner)
