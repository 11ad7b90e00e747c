"""A portal with one of everything, so that an example of the documentation can be repeated on it.

``furnish`` gives the names under which the recipes know things: ``$deal`` is the id of the deal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.portal import dispatch, rest
from sandbox.portal.access import SCOPES
from sandbox.portal.clock import Clock
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params
from sandbox.portal.rest3 import calls, registry
from tests.sandbox.conformity.furniture import FURNITURE

NOON = datetime.fromisoformat("2026-01-15T12:00:00+03:00")
EVERY_SCOPE = frozenset({*SCOPES, "tasks_extended", "im", "crm"})

Outcome = tuple[int, dict[str, Any]]


class Showcase:
    """Calls methods in the name of a user, by default the administrator; time stands at ``NOON``.

    ``examined`` is the method the showcase is for: its section may want some furniture of its own.
    """

    def __init__(self, examined: str = "") -> None:
        rest.load_methods()
        registry.load_methods()
        clock = Clock()
        clock.freeze(NOON)
        self.portal = Portal(clock=clock)
        self.names: dict[str, Any] = {}
        self.application = self.portal.access.install("Витрина")
        furnish(self)
        for beginning, parts in FURNITURE.items():
            if examined.startswith(beginning):
                for bring in parts:
                    bring(self)

    def send(
        self, method: str, params: Any, *, by: int = 1, app: bool = False, scopes: frozenset[str] = EVERY_SCOPE
    ) -> Outcome:
        """HTTP status and body. A method of REST 3.0 is written ``v3:tasks.task.get``."""
        caller = Caller(by, self.portal.staff.is_admin(by), scopes, 1, self.application if app else None)
        name, sent = method.removeprefix("v3:"), self.fill(params)
        reply: dispatch.Reply | calls.Reply
        if name != method:
            reply = calls.call(self.portal, caller, name, sent)
        else:
            reply = dispatch.call(self.portal, caller, name, Params(sent))
        return reply.status, json.loads(json.dumps(reply.envelope()))

    def call(self, method: str, params: Any = (), *, by: int = 1, app: bool = False) -> Any:
        """``result`` of a call that must succeed."""
        status, body = self.send(method, params, by=by, app=app)
        assert status == 200, f"{method}: {body}"
        return body["result"]

    def fill(self, value: Any) -> Any:
        """``$name`` becomes the id, ``T$name`` a text with the id in it."""
        if isinstance(value, str) and "$" in value:
            before, _, name = value.partition("$")
            if name in self.names:
                known = self.names[name]
                return before + str(known) if before else known
        if isinstance(value, Mapping):
            return {self.fill(key): self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(inner) for inner in value]
        return value


def furnish(show: Showcase) -> None:
    people(show)
    process(show)
    items(show)
    talk(show)


def people(show: Showcase) -> None:
    staff, names = show.portal.staff, show.names
    staff.update_user(1, last_name="Портала", position="Администратор", online=True, last_login=NOON)
    names["sales"] = staff.add_department("Отдел продаж").id
    names["empty_department"] = staff.add_department("Новый отдел").id
    names["boss"] = staff.add_user("Борис", "Начальников", departments=[names["sales"]], position="Начальник").id
    names["seller"] = staff.add_user(
        "Светлана", "Продавцова", departments=[names["sales"]], position="Менеджер", gender="F", email="s@example.org"
    ).id
    names["outsider"] = staff.add_user("Олег", "Посторонний", departments=[1], position="Кладовщик").id
    staff.update_department(names["sales"], head=names["boss"])
    for name in ("boss", "seller"):
        show.call(
            "user.update", {"ID": f"${name}", "WORK_PHONE": "101", "PERSONAL_MOBILE": "102", "UF_PHONE_INNER": "103"}
        )
    group = {
        "NAME": "Витрина", "DESCRIPTION": "Группа", "KEYWORDS": "проба", "VISIBLE": "Y", "OPENED": "Y", "PROJECT": "Y",
        "PROJECT_DATE_START": "2026-01-01T00:00:00+03:00", "PROJECT_DATE_FINISH": "2026-12-31T00:00:00+03:00",
    }  # fmt: skip
    names["group"] = show.call("sonet_group.create", group)
    show.call("sonet_group.user.add", {"GROUP_ID": "$group", "USER_ID": "$seller"})
    column = {"TITLE": "В работе", "COLOR": "00C4FB", "AFTER_ID": 0, "ENTITY_ID": "$group"}
    names["column"] = show.call("task.stages.add", {"fields": column})
    show.call("task.stages.add", {"fields": {"TITLE": "Моё", "COLOR": "00C4FB", "AFTER_ID": 0, "ENTITY_ID": 0}})
    columns = show.call("task.stages.get", {"entityId": "$group"})
    names["first_column"] = next(int(number) for number, one in columns.items() if one["SYSTEM_TYPE"] == "NEW")
    mine = show.call("task.stages.get", {"entityId": 0})
    names["my_column"] = int(list(mine)[-1])


def process(show: Showcase) -> None:
    names = show.names
    switches = [
        "isCategoriesEnabled", "isStagesEnabled", "isBeginCloseDatesEnabled", "isClientEnabled",
        "isLinkWithProductsEnabled", "isMycompanyEnabled", "isDocumentsEnabled", "isSourceEnabled",
        "isUseInUserfieldEnabled", "isObserversEnabled", "isRecyclebinEnabled", "isAutomationEnabled",
        "isBizProcEnabled", "isSetOpenPermissions", "isPaymentsEnabled", "isCountersEnabled",
    ]  # fmt: skip
    fields: dict[str, Any] = {"title": "Разбор", **dict.fromkeys(switches, "Y")}
    relations = {"parent": 2, "child": 3}
    fields["relations"] = {
        side: [{"entityTypeId": number, "isChildrenListEnabled": "true"}] for side, number in relations.items()
    }
    fields["linkedUserFields"] = {"TASKS_TASK|UF_CRM_TASK": "true"}
    made = show.call("crm.type.add", {"fields": fields})["type"]
    names["type"], names["process"] = made["id"], made["entityTypeId"]
    spare = show.call("crm.type.add", {"fields": {"title": "Лишний"}})["type"]
    names["spare_type"] = spare["id"]
    funnel = {"entityTypeId": "$process", "fields": {"name": "Опт", "sort": 200}}
    names["funnel"] = show.call("crm.category.add", funnel)["category"]["id"]
    wholesale = {"entityTypeId": 2, "fields": {"name": "Опт"}}
    names["deal_funnel"] = show.call("crm.category.add", wholesale)["category"]["id"]
    field = {"entityId": "CRM_$type", "fieldName": "UF_CRM_$type", "userTypeId": "enumeration"}
    field = show.fill(field) | {
        "fieldName": f"UF_CRM_{names['type']}_KIND",
        "multiple": "Y",
        "editFormLabel": {"ru": "Вид", "en": "Kind"},
        "enum": [{"value": "Первый", "xmlId": "first", "def": "Y"}, {"value": "Второй"}],
    }
    names["field"] = int(show.call("userfieldconfig.add", {"moduleId": "crm", "field": field})["field"]["id"])
    source = {"ENTITY_ID": "SOURCE", "STATUS_ID": "FAIR", "NAME": "Ярмарка", "SORT": 70}
    names["status"] = show.call("crm.status.add", {"fields": source})


def items(show: Showcase) -> None:
    names = show.names

    def add(known_as: str, entity_type: int | str, **fields: Any) -> None:
        made = show.call("crm.item.add", {"entityTypeId": entity_type, "fields": fields})
        names[known_as] = made["item"]["id"]

    phone = {"typeId": "PHONE", "valueType": "WORK", "value": "+74950000001"}
    mail = {"typeId": "EMAIL", "valueType": "WORK", "value": "anna@example.org"}
    add("company", 4, title="ООО «Витрина»", industry="DELIVERY", fm=[phone])
    add("contact", 3, name="Анна", secondName="Юрьевна", lastName="Белова", companyId="$company", fm=[phone, mail],
        honorific="HNR_RU_2", post="Закупщик", sourceId="WEB", birthdate="1990-05-06T03:00:00+03:00")  # fmt: skip
    add("lead", 1, title="Заявка", name="Анна", secondName="Юрьевна", lastName="Белова", honorific="HNR_RU_2",
        companyTitle="ООО", post="Закупщик", birthdate="1990-05-06T03:00:00+03:00", comments="Звонить",
        fm=[phone, mail], sourceId="WEB", sourceDescription="Сайт", opportunity=10.5, currencyId="RUB",
        companyId="$company", contactIds=["$contact"], observers=["$boss"], utmSource="web",
        utmMedium="cpc")  # fmt: skip
    add("deal", 2, title="Поставка", companyId="$company", contactIds=["$contact"], opportunity=999.5, typeId="SALE",
        comments="Срочно", sourceId="WEB", sourceDescription="Сайт", observers=["$boss"], probability=50,
        additionalInfo="Да", utmSource="web", utmMedium="cpc", assignedById="$seller")  # fmt: skip
    add("spare_deal", 2, title="Лишняя")
    add("item", "$process", title="Разбор 1", parentId2="$deal", companyId="$company", contactIds=["$contact"],
        sourceId="WEB", sourceDescription="Сайт", observers=["$boss"], opportunity=5, xmlId="deal:1")  # fmt: skip
    show.call("crm.item.update", {"entityTypeId": 2, "id": "$deal", "fields": {"stageId": "PREPARATION"}})
    show.call("crm.item.update", {"entityTypeId": 1, "id": "$lead", "fields": {"stageId": "IN_PROCESS"}})


def talk(show: Showcase) -> None:
    names = show.names
    line = {"ENTITY_ID": "$deal", "ENTITY_TYPE": "deal", "COMMENT": "Позвонить"}
    names["note"] = show.call("crm.timeline.comment.add", {"fields": line})
    post = {"POST_TITLE": "Новость", "POST_MESSAGE": "Мы открылись", "DEST": ["UA"], "IMPORTANT": "Y"}
    names["post"] = show.call("log.blogpost.add", post)
    notice = {"USER_ID": "$seller", "MESSAGE": "Внимание", "TAG": "витрина"}
    names["notice"] = show.call("im.notify.system.add", notice)
