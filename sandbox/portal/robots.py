"""Robots of a stage: what is called when an item comes to it (contract 8.8).

Two kinds: the "outgoing webhook" robot, which calls an address and says no more than which item it is, and robots that
applications register with ``bizproc.robot.add``. On a portal an administrator puts them on stages in the interface;
here ``POST /_sandbox/robots`` does. They run when an item enters the stage, created there or moved, and not for
``crm.item.import``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sandbox.portal.access import Application
from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.kinds import COMPANY, CONTACT, DEAL, LEAD, QUOTE, SMART_INVOICE, Kind
from sandbox.portal.errors import RestError
from sandbox.portal.event_queue import Delivery
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

DOCUMENTS = "Bitrix\\Crm\\Integration\\BizProc\\Document\\"
DOCUMENT_CLASSES = {
    LEAD: "CCrmDocumentLead",
    DEAL: "CCrmDocumentDeal",
    CONTACT: "CCrmDocumentContact",
    COMPANY: "CCrmDocumentCompany",
    QUOTE: DOCUMENTS + "Quote",
    SMART_INVOICE: DOCUMENTS + "SmartInvoice",
}
"""api-reference/bizproc/bizproc-robot/bizproc-robot-add.md; smart processes are ``...\\Dynamic``."""


class RobotMistake(ValueError):
    """A robot cannot be put there; the text says why."""


@dataclass(frozen=True)
class Step:
    """A robot or an activity of an application, as ``bizproc.robot.add`` and ``bizproc.activity.add`` register it.
    They share their codes. An activity waits for business processes, which this sandbox does not run."""

    application: Application
    code: str
    is_robot: bool
    handler: str
    name: JSON
    auth_user_id: int = 0
    """Whose token the application gets; 0 is nobody's."""
    use_subscription: bool = True
    """It waits for ``bizproc.event.send``. Not saying anything means so too."""
    properties: Mapping[str, JSON] = field(default_factory=dict)
    return_properties: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True)
class StageRobot:
    """A robot on a stage. ``step`` is empty for the outgoing webhook."""

    id: int
    entity_type_id: int
    stage_id: str
    url: str
    step: Step | None = None
    properties: Mapping[str, JSON] = field(default_factory=dict)
    """What the administrator filled in for the properties of the step."""

    def as_json(self) -> dict[str, JSON]:
        """For the control plane."""
        code: dict[str, JSON] = {"code": self.step.code} if self.step else {}
        return {
            "id": self.id,
            "entityTypeId": self.entity_type_id,
            "stageId": self.stage_id,
            "url": self.url,
            **code,
        }


@dataclass(frozen=True)
class Waiting:
    """A robot that called its application and waits for the answer."""

    workflow_id: str
    robot: StageRobot
    item_id: int


class Robots:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._steps: dict[tuple[int, str], Step] = {}
        self._on_stages: dict[tuple[int, str], list[StageRobot]] = {}
        self._waiting: dict[str, Waiting] = {}
        self._asleep = False

    # What applications register

    def register(self, step: Step) -> None:
        """Raises ``ERROR_ACTIVITY_ALREADY_INSTALLED``."""
        if (step.application.id, step.code) in self._steps:
            raise RestError("ERROR_ACTIVITY_ALREADY_INSTALLED", "Activity or Robot already installed!")
        self._steps[step.application.id, step.code] = step

    def step(self, application: Application, code: str, *, is_robot: bool) -> Step:
        """Raises ``ERROR_ACTIVITY_NOT_FOUND``."""
        step = self._steps.get((application.id, code))
        if step is None or step.is_robot is not is_robot:
            raise RestError("ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!")
        return step

    def change(self, step: Step) -> None:
        """The new description of a step that is there, also for the stages it is on."""
        self._steps[step.application.id, step.code] = step
        for key, robots in self._on_stages.items():
            self._on_stages[key] = [
                replace(one, step=step, url=step.handler) if belongs(one, step.application, step.code) else one
                for one in robots
            ]

    def remove(self, step: Step) -> None:
        """Where it is used it stays blocked: it does not run any more."""
        del self._steps[step.application.id, step.code]
        for key, robots in self._on_stages.items():
            self._on_stages[key] = [one for one in robots if not belongs(one, step.application, step.code)]

    def steps(self, application: Application, *, is_robot: bool) -> list[Step]:
        return [one for one in self._steps.values() if one.application is application and one.is_robot is is_robot]

    def forget(self, application: Application) -> None:
        for step in [one for one in self._steps.values() if one.application is application]:
            self.remove(step)

    # On stages

    def place(
        self,
        kind: Kind,
        stage_id: str,
        url: str,
        step: Step | None = None,
        properties: Mapping[str, JSON] | None = None,
    ) -> StageRobot:
        """What an administrator does in the interface. ``url`` is taken as it is, values in its query included.
        Raises ``RobotMistake`` for a stage that is not there, and for a smart process without automation."""
        self._check_stage(kind, stage_id)
        number = self._portal.next_id("stage_robot")
        robot = StageRobot(number, kind.entity_type_id, stage_id, url, step, dict(properties or {}))
        self._on_stages.setdefault((kind.entity_type_id, stage_id), []).append(robot)
        return robot

    def _check_stage(self, kind: Kind, stage_id: str) -> None:
        crm = self._portal.crm
        if kind.smart and not kind.smart.has("isAutomationEnabled"):
            raise RobotMistake(f"{kind.symbol} has no robots: its isAutomationEnabled is off")
        funnels = [funnel.id for funnel in crm.funnels.of(kind)] if kind.has_funnels else [0]
        dictionaries = [kind.stage_dictionary(number) for number in funnels] if kind.has_stages else []
        if not any(crm.statuses.find(dictionary, stage_id) for dictionary in dictionaries):
            raise RobotMistake(f"{kind.symbol} has no stage {stage_id!r}: the full id is like C3:NEW or DT1030_5:NEW")

    @property
    def placed(self) -> list[StageRobot]:
        return [robot for robots in self._on_stages.values() for robot in robots]

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Robots do not run for what happens inside: an import (api-reference/crm/universal/crm-item-import.md)."""
        before, self._asleep = self._asleep, True
        try:
            yield
        finally:
            self._asleep = before

    def entered(self, kind: Kind, item: Item) -> None:
        """Called when the item was saved on a stage it was not on before."""
        robots = self._on_stages.get((kind.entity_type_id, str(item.values.get("stageId") or "")))
        if not robots or self._asleep or (kind.smart and not kind.smart.has("isAutomationEnabled")):
            return
        for robot in robots:
            self._run(robot, kind, item.id)

    def _run(self, robot: StageRobot, kind: Kind, item_id: int) -> None:
        document = [*document_type(kind)[:2], f"{kind.symbol}_{item_id}"]
        body = self._application_call(robot, robot.step, kind, document, item_id) if robot.step else None

        def form(ts: int) -> Mapping[str, JSON]:
            if body is None or robot.step is None:
                return {"document_id": document, "auth": self._portal.events.addresses()}
            user_id = robot.step.auth_user_id
            auth = self._portal.events.application_auth(robot.step.application, user_id, refreshable=False)
            return {**body, "ts": ts, "auth": auth}

        data = {"ID": item_id, "ENTITY_TYPE_ID": kind.entity_type_id}
        self._portal.event_queue.put(Delivery(robot.url, "ROBOT", data, form, {"robot": robot.id}))

    def _application_call(
        self, robot: StageRobot, step: Step, kind: Kind, document: list[str], item_id: int
    ) -> dict[str, JSON]:
        """The form of the vendor's module ``bizproc``; the vendor's Python SDK reads exactly these names
        (``OAuthWorkflowData``). The documentation describes only ``properties`` and ``document_id``."""
        chance = self._portal.chance
        workflow_id = f"{chance.getrandbits(56):014x}.{chance.randrange(10**8):08}"
        name = f"A{chance.randrange(10**5)}_{chance.randrange(10**5)}"
        event_token = f"{workflow_id}|{name}|{secrets.token_hex(16)}.{secrets.token_hex(32)}"
        if step.use_subscription:
            self._waiting[event_token] = Waiting(workflow_id, robot, item_id)
        return {
            "workflow_id": workflow_id,
            "code": step.code,
            "document_id": document,
            "document_type": document_type(kind),
            "event_token": event_token,
            "properties": {key: robot.properties.get(key, default_of(value)) for key, value in step.properties.items()},
            "use_subscription": "Y" if step.use_subscription else "N",
            "timeout_duration": 0,
        }

    # Answers of applications

    def answer(self, event_token: str, values: JSON, message: str) -> None:
        """The robot goes on. Raises 403 ``ACCESS_DENIED`` for a token that is unknown or used up."""
        waiting = self._waited(event_token)
        del self._waiting[event_token]
        self._portal.changed(
            "robot.answer", workflow=waiting.workflow_id, item=waiting.item_id, values=values, message=message
        )

    def log(self, event_token: str, message: str) -> None:
        """A line in the log of the process; the robot goes on waiting. Raises 403 ``ACCESS_DENIED``."""
        waiting = self._waited(event_token)
        self._portal.changed("robot.log", workflow=waiting.workflow_id, item=waiting.item_id, message=message)

    def _waited(self, event_token: str) -> Waiting:
        waiting = self._waiting.get(event_token)
        if waiting is None:
            raise RestError("ACCESS_DENIED", "Access denied!", status=403)
        return waiting


def belongs(robot: StageRobot, application: Application, code: str) -> bool:
    return robot.step is not None and robot.step.application is application and robot.step.code == code


def document_type(kind: Kind) -> list[str]:
    """``["crm", "CCrmDocumentDeal", "DEAL"]``."""
    return ["crm", DOCUMENT_CLASSES.get(kind.entity_type_id, DOCUMENTS + "Dynamic"), kind.symbol]


def default_of(described: JSON) -> JSON:
    """The ``Default`` of a described property, in any case."""
    if not isinstance(described, Mapping):
        return None
    return next((value for name, value in described.items() if name.upper() == "DEFAULT"), None)
