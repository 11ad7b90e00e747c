"""A furnished portal, and a browser without scripts: pages as text, buttons as posted forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from tests.sandbox.conftest import Box

CASE, REMARK = 1030, 1032
FIELD_TYPES = {
    # type: value the card is created with
    "string": "первая строка\nвторая",
    "integer": 7,
    "double": 2.5,
    "boolean": "Y",
    "date": "2026-03-05",
    "datetime": "2026-03-05T10:30:00+03:00",
    "money": "300|RUB",
    "url": "https://example.org/page",
    "employee": 2,
    "enumeration": None,
    "crm": "D_1",
}

VOID = {"meta", "link", "input", "br", "img", "hr", "path"}


def as_it_is(text: str) -> str:
    return text


@dataclass
class Office:
    """What was put on the portal."""

    seller: int
    head: int
    outsider: int
    deal: int
    case: int
    remark: int
    group: int
    task: int
    post: int
    contact: int
    pages: list[str] = field(default_factory=list)

    @property
    def card(self) -> str:
        return f"/crm/type/{CASE}/details/{self.case}/"

    @property
    def task_card(self) -> str:
        return f"/company/personal/user/{self.seller}/tasks/task/view/{self.task}/"


def furnish(box: Box, say: Callable[[str], str] = as_it_is) -> Office:
    """One of everything a page shows; ``say`` makes the texts."""
    box.control("clock", {"now": "2026-01-15T12:00:00+03:00"})
    people = {
        "head": {
            "name": say("Ольга"),
            "last_name": "Морозова",
            "position": say("Руководитель"),
            "departments": ["sales"],
        },
        "seller": {"name": say("Илья"), "last_name": "Кузнецов", "departments": ["sales"]},
        "outsider": {"name": "Павел", "last_name": "Новиков"},
    }
    planted = box.control(
        "seed",
        {
            "departments": {"sales": {"name": say("Продажи"), "head": "head"}},
            "users": people,
            "funnels": {
                "retail": {
                    "entity_type_id": 2,
                    "id": 0,
                    "name": say("Розница"),
                    "stages": [
                        {"code": "NEW", "name": say("Новая"), "color": say("#39A8EF"), "system": True},
                        {"code": "TALK", "name": "Переговоры", "color": "#F5A623"},
                        {"code": "WON", "name": "Продано", "semantics": "S", "system": True},
                        {"code": "LOSE", "name": "Отказ", "semantics": "F", "system": True},
                    ],
                },
                "wholesale": {"entity_type_id": 2, "name": "Опт"},
            },
            "groups": {
                "team": {"name": say("Команда"), "description": say("о нас"), "owner": "head", "members": ["seller"]}
            },
            "items": {
                "firm": {"entity_type_id": 4, "fields": {"title": say("ООО «Ромашка»")}},
                "buyer": {
                    "entity_type_id": 3,
                    "fields": {
                        "name": say("Анна"),
                        "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": say("+7")}],
                    },
                },
                "deal": {
                    "entity_type_id": 2,
                    "by": "seller",
                    "fields": {
                        "title": say("Кухня"),
                        "opportunity": 186000,
                        "companyId": "@firm",
                        "contactIds": ["@buyer"],
                    },
                },
                "lead": {"entity_type_id": 1, "by": "seller", "fields": {"title": say("Заявка")}},
            },
        },
    )
    users, deal = planted["users"], planted["items"]["deal"]
    for number, title in ((REMARK, "Замечание"), (CASE, "Проверка")):
        stages = {"isStagesEnabled": "Y" if number == CASE else "N", "isObserversEnabled": "Y"}
        box.call("crm.type.add", fields={"title": say(title), "entityTypeId": number, **stages, **LINKED})
    related = {"parent": [{"entityTypeId": 2, "isChildrenListEnabled": "true"}]}
    related["child"] = [{"entityTypeId": REMARK, "isChildrenListEnabled": "true"}]
    box.call("crm.type.update", id=2, fields={"relations": related})
    own: dict[str, object] = {}
    for kind, value in FIELD_TYPES.items():
        for multiple in (False, True):
            name = f"UF_CRM_2_{kind.upper()}{'_MANY' if multiple else ''}"
            added = box.call("userfieldconfig.add", moduleId="crm", field=described(name, kind, multiple, say))
            if kind == "enumeration":
                value = int(added["field"]["enum"][0]["id"])
            own[name] = [value] if multiple else value
    fields = {"title": say("Проверка кухни"), "parentId2": deal, "assignedById": users["seller"], **own}
    case = box.call("crm.item.add", entityTypeId=CASE, fields=fields, useOriginalUfNames="Y")["item"]["id"]
    remark = box.call("crm.item.add", entityTypeId=REMARK, fields={"title": say("Ящик"), f"parentId{CASE}": case})
    box.call(
        "crm.timeline.comment.add", fields={"ENTITY_ID": case, "ENTITY_TYPE": f"dynamic_{CASE}", "COMMENT": say("Ждём")}
    )
    group = planted["groups"]["team"]
    task = int(
        box.call(
            "tasks.task.add",
            fields={
                "TITLE": say("Позвонить"),
                "DESCRIPTION": say("[b]Срочно[/b]\n[LIST]\n[*]раз\n[*]два\n[/LIST]"),
                "RESPONSIBLE_ID": users["seller"],
                "CREATED_BY": users["head"],
                "ACCOMPLICES": [1],
                "AUDITORS": [users["outsider"]],
                "GROUP_ID": group,
                "DEADLINE": "2026-01-14T18:00:00+03:00",
                "UF_CRM_TASK": [f"T{CASE:x}_{case}", f"D_{deal}"],
                "TAGS": [say("важное")],
            },
        )["task"]["id"]
    )
    top = box.call("task.checklistitem.add", TASKID=task, FIELDS={"TITLE": say("Протокол"), "PARENT_ID": 0})
    point = box.call("task.checklistitem.add", TASKID=task, FIELDS={"TITLE": say("Пункт"), "PARENT_ID": top})
    box.call("task.checklistitem.add", TASKID=task, FIELDS={"TITLE": say("Подпункт"), "PARENT_ID": point})
    box.call("task.commentitem.add", TASKID=task, FIELDS={"POST_MESSAGE": say("Начинаю")})
    box.call("task.elapseditem.add", TASKID=task, FIELDS={"SECONDS": 5400, "COMMENT_TEXT": say("звонил")})
    post = box.call(
        "log.blogpost.add", POST_TITLE=say("Новый порядок"), POST_MESSAGE=say("Читайте"), IMPORTANT="Y", DEST=["UA"]
    )
    box.call("log.blogpost.add", POST_MESSAGE=say("Без заголовка"), DEST=[f"SG{group}"])
    box.call(
        "im.notify.system.add", USER_ID=users["seller"], MESSAGE=say(f"См. [url=/crm/deal/details/{deal}/]сделку[/url]")
    )
    box.call("im.notify.personal.add", USER_ID=1, MESSAGE=say("Привет"))
    office = Office(
        seller=users["seller"],
        head=users["head"],
        outsider=users["outsider"],
        deal=deal,
        case=case,
        remark=remark["item"]["id"],
        group=group,
        task=task,
        post=post,
        contact=planted["items"]["buyer"],
    )
    office.pages = pages_of(office)
    return office


LINKED = {"isUseInUserfieldEnabled": "Y", "linkedUserFields": {"TASKS_TASK|UF_CRM_TASK": "true"}}


def described(name: str, kind: str, multiple: bool, say: Callable[[str], str]) -> dict[str, object]:
    """The field of a smart process of this type; links may lead to deals."""
    field: dict[str, object] = {
        "entityId": "CRM_2",
        "fieldName": name,
        "userTypeId": kind,
        "multiple": "Y" if multiple else "N",
        "editFormLabel": {"ru": say(name)},
    }
    if kind == "enumeration":
        field["enum"] = [{"value": say("да"), "xmlId": "yes"}, {"value": say("нет"), "xmlId": "no"}]
    if kind == "crm":
        field["settings"] = {"DEAL": "Y"}
    return field


def pages_of(office: Office) -> list[str]:
    """Every kind of page."""
    person = f"/company/personal/user/{office.seller}/"
    return [
        "/", "/stream/", "/online/", "/company/", "/company/structure.php", "/workgroups/",
        person, f"{person}tasks/", f"{person}tasks/?role=auditor&state=all", f"{person}tasks/task/edit/0/",
        f"{person}tasks/task/edit/0/?UF_CRM_TASK=D_{office.deal}&GROUP_ID={office.group}",
        office.task_card, f"{office.task_card}?edit=task", f"/workgroups/group/{office.group}/tasks/",
        f"/workgroups/group/{office.group}/tasks/task/view/{office.task}/",
        f"/company/personal/user/1/blog/{office.post}/",
        "/crm/deal/kanban/", "/crm/deal/kanban/category/0/", "/crm/deal/list/", "/crm/deal/list/category/0/?stage=NEW",
        "/crm/lead/kanban/", "/crm/lead/list/", "/crm/contact/list/", "/crm/company/list/",
        f"/crm/type/{CASE}/kanban/", f"/crm/type/{CASE}/list/", f"/crm/type/{REMARK}/list/",
        f"/crm/deal/details/{office.deal}/", f"/crm/deal/details/{office.deal}/?edit=main", "/crm/lead/details/1/",
        f"/crm/contact/details/{office.contact}/", "/crm/company/details/1/", "/crm/deal/details/0/?categoryId=0",
        office.card, f"{office.card}?edit=main", f"{office.card}?edit=own", f"{office.card}?edit=links",
        f"/crm/type/{REMARK}/details/{office.remark}/", f"/crm/type/{REMARK}/details/0/?parentId{CASE}={office.case}",
    ]  # fmt: skip


@dataclass
class Desk:
    """Somebody at a browser without scripts."""

    box: Box
    http: httpx.Client

    @property
    def home(self) -> str:
        return self.box.addresses.portal

    def be(self, user: int) -> Desk:
        self.http.cookies.set("sandbox_person", str(user))
        return self

    def get(self, path: str) -> httpx.Response:
        return self.http.get(self.home + path)

    def page(self, path: str) -> str:
        """A page that is there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def post(self, path: str, **fields: object) -> httpx.Response:
        """A button pressed by the page's script."""
        headers = {"Origin": self.home, "Accept": "application/json"}
        return self.http.post(self.home + path, data=fields, headers=headers)

    def press(self, path: str, do: str, **fields: object) -> str:
        """A button that works; answers where the browser goes."""
        answer = self.post(path, do=do, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["go"]

    def refused(self, path: str, do: str, **fields: object) -> str:
        answer = self.post(path, do=do, **fields)
        assert answer.status_code in (400, 403, 404), (answer.status_code, answer.text)
        return answer.json()["error"]


@pytest.fixture
def office(box: Box) -> Office:
    return furnish(box)


@pytest.fixture
def desk(box: Box) -> Iterator[Desk]:
    with httpx.Client(trust_env=False) as http:
        yield Desk(box, http)


class Outline(HTMLParser):
    """What a page is made of; complains about tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        self.links += [str(value) for name, value in attrs if name in ("href", "src", "action") and value]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open, f"</{tag}> closes nothing"
            assert self._open[-1] == tag, f"</{tag}> closes <{self._open[-1]}>"
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(unescape(data))
